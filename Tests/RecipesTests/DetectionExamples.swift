import Testing

/// A project as it lies in a repository, and what is found out about it: nil when nothing fits.
struct Example: Sendable, CustomTestStringConvertible {
  let reason: String?
  let files: [String: String]

  var testDescription: String { reason ?? "nothing fits: \(files.keys.sorted())" }

  init(_ reason: String?, _ files: [String: String]) {
    self.reason = reason
    self.files = files
  }

  static let all = php + others + javaScript + nearMisses

  // MARK: PHP

  private static let php = [
    Example(
      "laravel, because artisan, bootstrap/app.php, laravel/framework 11.31.0 in composer.lock",
      DetectionTests.laravel),
    Example(
      "statamic, because please, statamic/cms 5.38.1 in composer.lock",
      DetectionTests.laravel.merging([
        "please": "#!/usr/bin/env php", "content/collections/pages.yaml": "title: Pages",
        "composer.json": composer("laravel/framework", "statamic/cms"),
        "composer.lock": composerLock(
          ("laravel/framework", "v11.31.0"), ("statamic/cms", "v5.38.1")),
      ]) { $1 }),
    Example(
      "symfony, because bin/console, symfony/framework-bundle ^1 in composer.json",
      [
        "bin/console": "", "public/index.php": "<?php", "config/bundles.php": "<?php",
        "symfony.lock": "{}", "importmap.php": "<?php",
        "composer.json": composer("symfony/framework-bundle", "symfony/console"),
      ]),
    Example(
      "cakephp, because bin/cake, webroot/, cakephp/cakephp 5.1.2 in composer.lock",
      cake.merging(["webroot/files/.gitkeep": ""]) { $1 }),
    Example(
      "orangescrum, because cakephp/cakephp 5.1.2 in composer.lock, webroot/invoice-logo/, "
        + "webroot/timesheetpdf/",
      cake.merging([
        "webroot/invoice-logo/": "", "webroot/timesheetpdf/pdf/": "",
        "webroot/files/case_files/.htaccess": "deny from all",
      ]) { $1 }),
    Example(
      "wordpress, because wp-load.php, wp-includes/, wp-content/",
      [
        "index.php": "<?php", "wp-load.php": "<?php", "wp-includes/version.php": "<?php",
        "wp-content/index.php": "<?php", "wp-config-sample.php": "<?php",
      ]),
    Example(
      "bedrock, because web/wp-config.php, config/application.php, "
        + "roots/wordpress 6.7.1 in composer.lock, roots/bedrock-autoloader ^1 in composer.json",
      [
        "web/wp-config.php": "<?php", "web/index.php": "<?php",
        "config/application.php": "<?php", "web/wp/wp-load.php": "<?php",
        "web/wp/wp-includes/version.php": "<?php", "web/wp/wp-content/index.php": "<?php",
        "composer.json": composer("roots/wordpress", "roots/bedrock-autoloader"),
        "composer.lock": composerLock(("roots/wordpress", "6.7.1")),
      ]),
    Example(
      "drupal, because drupal/core-recommended ^1 in composer.json",
      [
        "bin/console": "", "web/index.php": "<?php",
        "composer.json": composer("drupal/core-recommended", "symfony/framework-bundle"),
      ]),
    Example(
      "drupal, because drupal/core 10.2.1 in composer.lock",
      [
        "composer.json": composer("acme/distribution"),
        "composer.lock": composerLock(("drupal/core", "10.2.1")),
      ]),
    Example(
      "magento2, because app/etc/, bin/magento, "
        + "magento/product-community-edition 2.4.7 in composer.lock",
      [
        "bin/magento": "#!/usr/bin/env php", "app/etc/config.php": "<?php",
        "pub/index.php": "<?php",
        "composer.json": composer("magento/product-community-edition", "laminas/laminas-mvc"),
        "composer.lock": composerLock(("magento/product-community-edition", "2.4.7")),
      ]),
    Example(
      "typo3, because typo3/cms-core 12.4.20 in composer.lock",
      [
        "config/sites/main/config.yaml": "base: /", "bin/console": "",
        "composer.json": composer("typo3/cms-core", "symfony/framework-bundle"),
        "composer.lock": composerLock(("typo3/cms-core", "v12.4.20")),
      ]),
    Example(
      "craft, because craft, craftcms/cms 5.5.1 in composer.lock",
      [
        "craft": "#!/usr/bin/env php", "web/index.php": "<?php",
        "config/project/project.yaml": "",
        "composer.json": composer("craftcms/cms", "yiisoft/yii2"), "yii": "",
        "composer.lock": composerLock(("craftcms/cms", "5.5.1"), ("yiisoft/yii2", "2.0.51")),
      ]),
    Example(
      "codeigniter4, because spark, app/Config/Paths.php, "
        + "codeigniter4/framework ^1 in composer.json",
      [
        "spark": "#!/usr/bin/env php", "app/Config/Paths.php": "<?php",
        "public/index.php": "<?php", "env": "", "writable/cache/index.html": "",
        "composer.json": composer("codeigniter4/framework"),
      ]),
    Example(
      "codeigniter4, because spark, app/Config/Paths.php, system/",
      ["spark": "", "app/Config/Paths.php": "<?php", "system/Boot.php": "<?php"]),
    Example(
      "yii2, because yiisoft/yii2 2.0.51 in composer.lock, yii",
      [
        "yii": "#!/usr/bin/env php", "web/index.php": "<?php", "config/web.php": "<?php",
        "composer.json": composer("yiisoft/yii2"),
        "composer.lock": composerLock(("yiisoft/yii2", "2.0.51")),
      ]),
    Example(
      "yii2, because yiisoft/yii2 ^1 in composer.json, init",
      [
        "init": "#!/usr/bin/env php", "frontend/web/.gitkeep": "",
        "composer.json": composer("yiisoft/yii2"),
      ]),
    Example(
      "laminas, because laminas/laminas-mvc ^1 in composer.json",
      [
        "config/application.config.php": "<?php", "module/Application/config/module.config.php": "",
        "public/index.php": "<?php", "composer.json": composer("laminas/laminas-mvc"),
      ]),
    Example(
      "laminas, because mezzio/mezzio ^1 in composer.json",
      ["config/container.php": "<?php", "composer.json": composer("mezzio/mezzio")]),
    Example("generic-php, because index.php", ["index.php": "<?php", "index.html": ""]),
    Example(
      "generic-php, because composer.json, public/index.php",
      [
        "composer.json": composer("slim/slim"), "public/index.php": "<?php",
        "package.json": package(dev: ["vite": "^6"]), "vite.config.js": "",
      ]),
  ]

  private static let cake = [
    "bin/cake": "#!/usr/bin/env sh", "webroot/index.php": "<?php", "config/app.php": "<?php",
    "composer.json": composer("cakephp/cakephp"),
    "composer.lock": composerLock(("cakephp/cakephp", "5.1.2")),
  ]

  // MARK: Ruby, Python, Elixir, and what needs no server

  private static let others = [
    Example(
      "rails, because config.ru, bin/rails, rails 7.1.2 in Gemfile.lock",
      [
        "Gemfile": "gem \"rails\", \"~> 7.1.2\"\n", "config.ru": "", "bin/rails": "",
        "Gemfile.lock": """
        GEM
          remote: https://rubygems.org/
          specs:
            rack (3.0.8)
            rails (7.1.2)
              rack (>= 2.2)
        """,
        "package.json": package(["@hotwired/turbo-rails": "^8"], scripts: ["start": "x"]),
      ]),
    Example(
      "rails, because config.ru, bin/rails, rails ~> 8.0 in Gemfile",
      [
        "config.ru": "", "bin/rails": "",
        "Gemfile": "source 'https://rubygems.org'\n# gem 'sinatra'\ngem 'rails', '~> 8.0'\n",
      ]),
    Example(
      "django, because manage.py, django >=5.0 in requirements.txt",
      [
        "manage.py": "#!/usr/bin/env python", "shop/settings.py": "DEBUG = False",
        "requirements.txt": "gunicorn\nDjango>=5.0\n",
        "package.json": package(dev: ["vite": "^6"]),
      ]),
    Example(
      "flask, because flask ==3.1.0 in requirements.txt",
      ["app.py": "from flask import Flask", "requirements.txt": "Flask==3.1.0\ngunicorn\n"]),
    Example(
      "flask, because fastapi >=0.115 in pyproject.toml",
      [
        "pyproject.toml": "[project]\nname = \"x\"\ndependencies = [\n  \"fastapi>=0.115\",\n]\n",
        "index.html": "<p>",
      ]),
    Example(
      "phoenix, because mix.exs, phoenix 1.7.14 in mix.lock",
      [
        "mix.exs": """
        defmodule Shop.MixProject do
          use Mix.Project

          defp deps do
            [
              {:phoenix, "~> 1.7.14"},
              {:phoenix_ecto, "~> 4.5"}
            ]
          end
        end
        """,
        "mix.lock": """
        %{
          "phoenix": {:hex, :phoenix, "1.7.14", "a7d0b3f1", [:mix], [], "hexpm", "c7859bc5"},
          "phoenix_ecto": {:hex, :phoenix_ecto, "4.5.1", "6f31", [:mix], [], "hexpm", "ebe4"},
        }
        """,
        "assets/package.json": package(),
      ]),
    Example(
      "hugo, because hugo.toml, archetypes/default.md",
      [
        "hugo.toml": "baseURL = '/'", "archetypes/default.md": "", "content/a.md": "",
        "package.json": package(dev: ["postcss": "^8"], scripts: [:]),
      ]),
    Example("static, because index.html", ["index.html": "<p>", "style.css": ""]),
    Example("static, because _config.yml", ["_config.yml": "title: x", "index.md": ""]),
    Example(
      "static, because @docusaurus/core ^3 in package.json",
      ["package.json": package(["@docusaurus/core": "^3"], scripts: ["start": "docusaurus start"])]),
  ]

  // MARK: JavaScript

  private static let javaScript = [
    Example(
      "nextjs, because next 15.1.0 in package-lock.json",
      [
        "package.json": package(["next": "^15", "react": "^19"], scripts: ["start": "next start"]),
        "package-lock.json": packageLock(["next": "15.1.0", "react": "19.0.0"]),
        "next.config.mjs": "", "app/page.tsx": "",
      ]),
    Example(
      "nuxt, because nuxt ^3.15 in package.json",
      ["package.json": package(["nuxt": "^3.15"], dev: ["vite": "^6"]), "nuxt.config.ts": ""]),
    Example(
      "sveltekit, because @sveltejs/kit 2.15.1 in package-lock.json",
      [
        "package.json": package(dev: ["@sveltejs/kit": "^2", "svelte": "^5", "vite": "^6"]),
        "package-lock.json": packageLock(["@sveltejs/kit": "2.15.1"]), "svelte.config.js": "",
      ]),
    Example(
      "remix, because @remix-run/dev ^2 in package.json, @remix-run/node ^2 in package.json",
      [
        "package.json": package(
          ["@remix-run/node": "^2", "express": "^4"], dev: ["@remix-run/dev": "^2", "vite": "^6"])
      ]),
    Example(
      "remix, because @react-router/dev ^7 in package.json",
      ["package.json": package(["react-router": "^7"], dev: ["@react-router/dev": "^7"])]),
    Example(
      "astro, because astro 5.1.1 in package-lock.json",
      [
        "package.json": package(["astro": "^5"]), "astro.config.mjs": "",
        // As npm wrote it before 7.
        "package-lock.json":
          #"{"lockfileVersion": 1, "dependencies": {"astro": {"version": "5.1.1"}}}"#,
      ]),
    Example(
      "vite-spa, because vite ^6 in package.json",
      [
        "package.json": package(["react": "^19", "react-router": "^7"], dev: ["vite": "^6"]),
        "index.html": "<div id=root>", "package-lock.json": "not JSON",
      ]),
    Example(
      "vite-spa, because react-scripts 5.0.1 in package.json",
      ["package.json": package(["react-scripts": "5.0.1"], scripts: ["start": "x"])]),
    Example(
      "node, because package.json, express ^4 in package.json",
      ["package.json": package(["express": "^4"], dev: ["vite": "^6"]), "server.js": ""]),
    Example(
      #"node, because package.json, script "start" in package.json"#,
      ["package.json": package(scripts: ["start": "node ."])]),
  ]

  // MARK: Near misses

  /// Names inside other names, in the wrong list, in the wrong place or in a broken file are no
  /// evidence.
  private static let nearMisses = [
    Example(
      "node, because package.json, express ^4 in package.json",
      ["package.json": package(["next-auth": "^5", "next-themes": "1", "express": "^4"])]),
    Example(nil, ["package.json": package(["@nextcloud/axios": "^2", "preact": "^10"])]),
    Example(
      "vite-spa, because vite ^6 in package.json",
      ["package.json": package(["preact": "^10"], dev: ["vite": "^6", "@preact/preset-vite": "2"])]
    ),
    Example(
      "nextjs, because next ^15 in package.json",
      [
        "package.json": package(["next": "^15", "express": "^4"], scripts: ["start": "node ."]),
        "server.js": "",
      ]),
    // Two roots are two applications, each with a deploy.json of its own.
    Example(
      nil,
      [
        "api/artisan": "", "api/bootstrap/app.php": "<?php",
        "api/composer.json": composer("laravel/framework"),
        "web/package.json": package(["next": "^15"]),
      ]),
    // A plugin for a product is not the product.
    Example(
      "generic-php, because composer.json",
      ["composer.json": composer("statamic/addon-sdk", "craftcms/generator")]),
    // The product's file is there, and the product is not.
    Example(
      "laravel, because artisan, bootstrap/app.php, laravel/framework 11.31.0 in composer.lock",
      DetectionTests.laravel.merging(["please": ""]) { $1 }),
    Example(
      "cakephp, because bin/cake, webroot/, cakephp/cakephp 5.1.2 in composer.lock",
      cake.merging(["webroot/invoice-logo/": ""]) { $1 }),
    Example(
      "generic-php, because composer.json",
      [
        "artisan": "", "bootstrap/app.php": "",
        "composer.json": composer("me/laravel/framework-extra"),
      ]),
    Example(
      "generic-php, because composer.json",
      [
        "artisan": "", "bootstrap/app.php": "",
        "composer.json": #"{"suggest": {"laravel/framework": "*"}}"#,
      ]),
    Example(
      "generic-php, because composer.json",
      ["artisan": "", "bootstrap/app.php": "", "composer.json": #"{"laravel/framework": "#]),
    Example(nil, ["config.ru": "", "bin/rails": "", "Gemfile.lock": "      rails (7.1)\n"]),
    Example(nil, ["config.ru": "", "bin/rails": "", "Gemfile": "# gem 'rails'\ngem 'railties'\n"]),
    Example(nil, ["package.json": #"{"name": "express"}"#]),
    Example(nil, ["wp-load.php/index.txt": "", "README.md": "laravel/framework"]),
    Example(nil, ["mix.exs": "# {:phoenix, \"~> 1.7\"}\n"]),
    Example(nil, ["content/a.md": "", "config.toml": ""]),
    Example(nil, [:]),
  ]
}

extension DetectionTests {
  static let laravel = [
    "artisan": "#!/usr/bin/env php", "bootstrap/app.php": "<?php", "public/index.php": "<?php",
    "composer.json": composer("laravel/framework", "laravel/tinker"),
    "composer.lock": composerLock(("laravel/framework", "v11.31.0"), ("monolog/monolog", "3.8.0")),
    "package.json": package(dev: ["vite": "^6", "laravel-vite-plugin": "^1"]),
    "vite.config.js": "",
  ]
}
