#!/usr/bin/php -n
<?php
/* A stand-in for FrankenPHP with an embedded application, version by version, as far as files go.
 *
 * embedded.py appends one line of JSON ({"version": ..., "size": ...}) and the application as a tar archive,
 * so that one file is the whole binary. What embed.go does to the disk is done here in the same order:
 *
 *   version        at every start of the program             when the server stops
 *   1.0            deletes the tree, unpacks all of it       keeps the tree
 *   1.1 - 1.2.5    unpacks where there is no directory       keeps the tree
 *   1.3 -          writes each file that stat(2) misses      1.3.4 - 1.4.4 and from 1.12.1 on: deletes it
 *
 * Of the rest there is what a test needs: PHP behind HTTP, requests that outlive SIGTERM, and php-cli.
 * STANDIN_SLOW=MS makes each file take so long, half of it written, for those who kill it meanwhile.
 */

const GRACE = 5.0;
error_reporting(E_ALL);
ini_set('display_errors', 'stderr');

$self = fopen(__FILE__, 'rb');
fseek($self, __COMPILER_HALT_OFFSET__);
define('BAKED', json_decode(fgets($self), true));
$checksum = hash_init('md5');
hash_update_stream($checksum, $self, BAKED['size']);
fseek($self, -BAKED['size'], SEEK_END);
define('APP', rtrim(getenv('TMPDIR') ?: '/tmp', '/') . '/frankenphp_' . hash_final($checksum));

function between(string $first, string $last): bool
{
    return version_compare(BAKED['version'], $first, '>=') && version_compare(BAKED['version'], $last, '<=');
}

// --- the disk --------------------------------------------------------------------------------------

/** Go's os.RemoveAll: follows no link, but crosses into whatever is mounted below. */
function remove_all(string $path): void
{
    if (is_link($path) || !is_dir($path)) {
        @unlink($path);
        return;
    }
    foreach (@scandir($path) ?: [] as $name) {
        if ($name !== '.' && $name !== '..') {
            remove_all("$path/$name");
        }
    }
    @rmdir($path);
}

/** Go's os.MkdirAll: a link to nothing is in its way. */
function make_all(string $path): void
{
    if (is_dir($path)) {
        return;
    }
    if (dirname($path) !== $path) {
        make_all(dirname($path));
    }
    if (!@mkdir($path, 0755) && (is_link($path) || !is_dir($path))) {
        throw new RuntimeException("mkdir $path: " . (error_get_last()['message'] ?? 'exists'));
    }
}

function write_file(string $path, string $content, int $mode, int $time): void
{
    make_all(dirname($path));
    $file = @fopen($path, 'wb');
    if (!$file) {
        throw new RuntimeException("open $path: " . error_get_last()['message']);
    }
    $half = intdiv(strlen($content), 2);
    foreach ([substr($content, 0, $half), substr($content, $half)] as $part) {
        if ($part !== '' && @fwrite($file, $part) !== strlen($part)) {
            throw new RuntimeException("write $path: " . (error_get_last()['message'] ?? 'short'));
        }
        usleep(500 * (int) getenv('STANDIN_SLOW'));
    }
    fclose($file);
    chmod($path, $mode & ~umask());
    @touch($path, $time);
}

function unpack_tar($archive, bool $only_missing): void
{
    while (($header = fread($archive, 512)) !== false && strlen($header) === 512 && $header[0] !== "\0") {
        $field = fn (int $at, int $length) => rtrim(substr($header, $at, $length), " \0");
        $name = preg_replace('~^\./~', '', $field(0, 100));
        $size = (int) octdec($field(124, 12));
        $content = $size ? stream_get_contents($archive, $size) : '';
        fseek($archive, (512 - $size % 512) % 512, SEEK_CUR);
        $path = rtrim(APP . '/' . $name, '/');
        clearstatcache();
        if ($header[156] === '5') {
            make_all($path);
        } elseif ($header[156] === '0' && !($only_missing && file_exists($path))) {
            write_file($path, $content, octdec($field(100, 8)), octdec($field(136, 12)));
        }
        // Links are dropped without a word.
    }
}

/** Before main, whatever the command. */
function init($archive): void
{
    try {
        if (between('1.0', '1.0.99')) {
            remove_all(APP);
        }
        if (between('1.3', '99') || !is_dir(APP)) {
            unpack_tar($archive, between('1.3', '99'));
        }
    } catch (RuntimeException $error) {
        remove_all(APP);
        fwrite(STDERR, "panic: {$error->getMessage()}\n\ngoroutine 1 [running, locked to thread]:\n");
        exit(2);
    }
}

// --- HTTP ------------------------------------------------------------------------------------------

/** A Caddyfile of the application overrules the flags. */
function settings(array $words): array
{
    $listen = ':80';
    $root = 'public';
    foreach ($words as $number => $word) {
        $value = $words[$number + 1] ?? '';
        $listen = $word === '--listen' ? $value : $listen;
        $root = $word === '--root' ? $value : $root;
    }
    $file = (string) @file_get_contents(APP . '/Caddyfile');
    $listen = preg_match('/^(:\d+) \{/m', $file, $match) ? $match[1] : $listen;
    $root = preg_match('/^\s+root (\S+)$/m', $file, $match) ? $match[1] : $root;
    return ['0.0.0.0' . strrchr($listen, ':'), $root[0] === '/' ? $root : APP . '/' . $root];
}

function serve(array $words): int
{
    [$address, $root] = settings($words);
    chdir(APP);
    $socket = stream_socket_server("tcp://$address", $code, $message, STREAM_SERVER_BIND | STREAM_SERVER_LISTEN,
        stream_context_create(['socket' => ['backlog' => 256]]));
    if (!$socket) {
        fwrite(STDERR, "listen $address: $message\n");
        return 1;
    }
    $running = true;
    $stop = function () use (&$running) { $running = false; };
    pcntl_async_signals(true);
    pcntl_signal(SIGTERM, $stop);
    pcntl_signal(SIGINT, $stop);
    pcntl_signal(SIGHUP, SIG_IGN);
    while ($running) {
        $ready = [$socket];
        $none = null;
        // A signal ends the wait early; so does half a second, because one may come just before it.
        if (@stream_select($ready, $none, $none, 0, 500000) && ($client = @stream_socket_accept($socket, 0))) {
            if (pcntl_fork() === 0) {
                pcntl_signal(SIGTERM, SIG_IGN);
                fclose($socket);
                answer($client, $root);
                exit(0);
            }
            fclose($client);
        }
        while (pcntl_waitpid(-1, $status, WNOHANG) > 0);
    }
    fclose($socket);
    for ($end = microtime(true) + GRACE; microtime(true) < $end && pcntl_waitpid(-1, $status, WNOHANG) >= 0;) {
        usleep(10000);
    }
    if (between('1.3.4', '1.4.4') || between('1.12.1', '99')) {
        remove_all(APP);
    }
    return 0;
}

function answer($client, string $root): void
{
    stream_set_timeout($client, 10);
    $head = '';
    while (!str_contains($head, "\r\n\r\n") && ($line = fgets($client)) !== false) {
        $head .= $line;
    }
    if (!preg_match('~^(\S+) (/[^ ?]*)(?:\?(\S*))? HTTP~', $head, $match)) {
        return;
    }
    $length = preg_match('/^content-length: *(\d+)/mi', $head, $found) ? (int) $found[1] : 0;
    $body = $length ? stream_get_contents($client, $length) : '';
    if (strlen($body) < $length) {
        return;
    }
    parse_str($match[3] ?? '', $_GET);
    parse_str($body, $_POST);
    $script = $root . '/index.php';
    http_response_code(is_file($script) ? 200 : 404);
    ob_start();
    try {
        is_file($script) && include $script;
    } catch (Throwable $error) {
        http_response_code(500);
        echo $error->getMessage();
    }
    $text = ob_get_clean();
    @fwrite($client, sprintf("HTTP/1.1 %d -\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s",
        http_response_code(), strlen($text), $text));
}

// --- commands --------------------------------------------------------------------------------------

function run_script(array $words): int
{
    $script = array_shift($words) ?? '';
    if (str_ends_with($script, '.php') && !is_file($script)) {
        $script = APP . '/' . $script;
    }
    $process = proc_open([PHP_BINARY, '-n', $script, ...$words], [STDIN, STDOUT, STDERR], $pipes);
    return proc_close($process);
}

function say($stream, string $text, int $status): int
{
    fwrite($stream, "$text\n");
    return $status;
}

init($self);
$words = array_slice($argv, 1);
exit(match (array_shift($words)) {
    'version' => say(STDOUT, 'FrankenPHP v' . BAKED['version'] . ' (stand-in) PHP ' . PHP_VERSION, 0),
    'php-server', 'run' => serve($words),
    'php-cli' => run_script($words),
    default => say(STDERR, 'unknown command', 1),
});
__halt_compiler();
