/// A small application in the manner of PHP: what changes between two versions is what a
/// visitor would see, and what visitors leave behind must survive.
enum SampleApp {
  static func files(version: Int) -> [(path: String, text: String)] {
    [
      (
        "public/index.php",
        """
        <?php
        $photos = glob(__DIR__ . '/uploads/*') ?: [];
        echo "guestbook, version \(version): ", count($photos), " photos\\n";

        """
      ),
      ("public/css/style.css", "body { font: 1\(version)px sans-serif }\n"),
      ("src/Guestbook.php", "<?php\nfinal class Guestbook { const VERSION = \(version); }\n"),
      ("config/app.php", "<?php\nreturn ['name' => 'guestbook'];\n"),
      ("bin/console", "#!/bin/sh\nexec php \"$(dirname \"$0\")/../public/index.php\"\n"),
    ]
  }

  static func configuration(host: String, root: String) -> String {
    """
    // The demonstration's project. A real one is written by `deploy init`.
    {
      "app": "guestbook",
      "recipe": "none",
      "source": { "directory": "app" },
      "stages": {
        "production": {
          \(host),
          "path": "\(root)",
        },
      },
      // What visitors leave behind below this directory is kept, without being named.
      "public": { "root": "public" },
      "shared": { "files": [".env"] },
      "keep": 3,
    }

    """
  }
}
