"""Small applications with the layouts of real frameworks: what each ships, and where its users' data lives.

`code` is below the release; `store` is a directory that the recipe declares persistent; `build` is the place
of a hashed build file where the recipe knows any. The stores of some recipes are never shipped: what a
developer uploaded stays at home. A recipe that is not there is skipped with a word.
"""


NEVER_SHIPPED = (
    "laravel", "codeigniter4", "drupal", "typo3", "wordpress", "bedrock", "nuxt", "django")


class Fixture:
    def __init__(self, recipe, root, store, code, build=None, files=()):
        self.recipe, self.root, self.store = recipe, root, store
        self.has_defaults = bool(store) and recipe not in NEVER_SHIPPED
        # Without a docroot nothing is told apart by who made it: only what the recipe declares is data.
        self.has_docroot = root is not None
        self.code, self.build, self.files = code.split(), build, files

    def below(self, path):
        return path if self.root in (".", None) else self.root + "/" + path


FIXTURES = [
    Fixture("laravel", "public", "storage/app/public",
            "artisan bootstrap/app.php public/index.php public/.htaccess public/robots.txt",
            "build/assets/app-%d.js", [".env"]),
    Fixture("symfony", "public", "public/uploads",
            "bin/console config/bundles.php public/index.php src/Kernel.php",
            "assets/app-%d.js", [".env.local"]),
    Fixture("cakephp", "webroot", "webroot/files",
            "bin/cake config/app.php webroot/index.php webroot/.htaccess webroot/css/home.css",
            None, ["config/app_local.php"]),
    Fixture("orangescrum", "webroot", "webroot/files",
            "bin/cake config/app.php webroot/index.php webroot/.htaccess", None,
            ["config/app_local.php"]),
    Fixture("codeigniter4", "public", "writable/uploads",
            "spark app/Config/App.php public/index.php public/.htaccess", "build/app-%d.js", [".env"]),
    Fixture("craft", "web", "web/assets", "craft config/general.php web/index.php web/.htaccess",
            "dist/app-%d.js", [".env"]),
    Fixture("drupal", "web", "web/sites/default/files",
            "web/index.php web/core/lib/Drupal.php web/.htaccess web/sites/default/default.services.yml",
            "themes/custom/shop/dist/app-%d.js", ["web/sites/default/settings.php"]),
    Fixture("typo3", "public", "public/fileadmin",
            "public/index.php public/.htaccess public/typo3/index.php", "_assets/app-%d.js",
            ["config/system/settings.php"]),
    Fixture("wordpress", ".", "wp-content/uploads",
            "index.php wp-load.php wp-includes/version.php wp-content/themes/shop/style.css", None,
            ["wp-config.php"]),
    Fixture("bedrock", "web", "web/app/uploads",
            "config/application.php web/index.php web/wp-config.php web/app/themes/shop/style.css",
            "app/themes/shop/dist/app-%d.js", [".env"]),
    Fixture("magento2", "pub", "pub/media",
            "bin/magento app/bootstrap.php pub/index.php pub/.htaccess", "static/app-%d.js",
            ["app/etc/env.php"]),
    Fixture("statamic", "public", "public/assets", "artisan please public/index.php",
            "build/app-%d.js", [".env"]),
    Fixture("laminas", "public", "public/uploads", "config/modules.config.php public/index.php",
            "build/app-%d.js", ["config/autoload/local.php"]),
    Fixture("yii2", "web", "web/uploads", "yii config/web.php web/index.php", None, []),
    Fixture("rails", "public", "public/uploads", "bin/rails config.ru public/404.html public/robots.txt",
            None, ["config/master.key"]),
    Fixture("flask", "static", "static/uploads", "app.py static/style.css", "dist/app-%d.js", []),
    Fixture("nuxt", ".output/public", ".data", ".output/server/index.mjs .output/public/favicon.ico",
            "_nuxt/app-%d.js", []),
    Fixture("astro", "dist", None, "dist/index.html", "_astro/app-%d.js", []),
    Fixture("vite-spa", "dist", None, "dist/index.html", "assets/app-%d.js", []),
    Fixture("remix", "build/client", None, "build/server/index.js build/client/favicon.ico",
            "assets/app-%d.js", []),
    Fixture("sveltekit", "build/client", None, "build/index.js build/client/favicon.png",
            "_app/immutable/app-%d.js", []),
    Fixture("nextjs", ".next/static", None,
            "package.json server.js .next/BUILD_ID .next/server/app/page.js public/favicon.ico",
            "chunks/app-%d.js", []),
    Fixture("hugo", "public", None,
            "public/index.html public/index.xml public/posts/first/index.html public/css/site.css", None, []),
    Fixture("static", ".", None, "index.html about.html css/site.css assets/site.js", None, []),
    Fixture("generic-php", "public", "public/uploads",
            "public/index.php public/.htaccess src/Shop.php vendor/autoload.php", "build/app-%d.js", []),
    Fixture("django", None, "media",
            "manage.py shop/settings.py shop/urls.py shop/wsgi.py shop/static/shop/site.css", None, []),
    Fixture("node", None, "uploads",
            "package.json server.js routes/index.js node_modules/express/index.js", None, []),
    Fixture("phoenix", None, "uploads",
            "_build/prod/rel/shop/bin/shop _build/prod/rel/shop/bin/server "
            "_build/prod/rel/shop/releases/start_erl.data "
            "_build/prod/rel/shop/lib/shop-0.1.0/priv/static/cache_manifest.json", None, []),
]
