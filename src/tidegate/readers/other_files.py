"""What lies in a folder beside its reports: which files are clearly none, and which look like one."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from tidegate.readers.base import Source
from tidegate.readers.beginnings import Beginning, Sign, json_object, json_text, xml
from tidegate.readers.known_formats import KNOWN_FORMATS, command_for, known_format

_TAIL_BYTES = 16 * 1024

# Endings that reports have: such a file is taken for a broken report where nothing can be seen in it.
REPORT_ENDINGS = (
    ".xml .json .jsonl .ndjson .sarif .info .lcov .txt .trx .tap .tv .cov .cobertura .clover .jacoco "
    ".junit .nunit .xunit .gcov .spdx .rdf .cdx .vex .intoto .dsse .nessus"
).split()
_LOG_ENDINGS = (".log", ".out", ".err")
_PACKED = (".gz", ".xz", ".bz2", ".zst", ".zip", ".tgz", ".tar", ".7z", ".tar.gz")
_REPORT_NAME = re.compile(
    r"(?:^|[^a-z])(?:junit|tests?|results?|reports?|coverage|lcov|sarif|s?bom|audit|scan)(?:[^a-z]|$)"
)

# Sources, pages, pictures, settings and what programs are built of.
_OTHER_ENDINGS = (
    ".py .pyi .pyc .pyx .js .mjs .cjs .jsx .ts .tsx .map .css .scss .sass .less .html .htm .xhtml "
    ".xsl .xslt .xsd .dtd .md .rst .adoc .tex .pdf .doc .docx .odt .xls .xlsx .ppt .png .jpg .jpeg "
    ".gif .svg .ico .webp .bmp .tiff .woff .woff2 .ttf .eot .otf .mp3 .mp4 .webm .java .class .jar "
    ".war .kt .kts .scala .groovy .gradle .go .rs .c .h .cc .cpp .hpp .cs .csproj .sln .vb .fs .rb "
    ".php .swift .m .mm .pl .pm .lua .r .jl .ex .exs .erl .hs .sh .bash .zsh .ps1 .bat .cmd .sql "
    ".toml .ini .cfg .conf .config .properties .env .lock .sum .mod .proto .graphql .ipynb .po .mo "
    ".dll .so .dylib .exe .pdb .o .a .obj .lib .whl .egg .wasm .bin .db .sqlite .sqlite3 .pem .key "
    ".crt .sig .asc .sha256 .md5 .tmp .bak .swp .gcda .gcno .profraw .profdata .exec .template .j2 "
    ".webmanifest"
).split()
_OTHER_NAMES = (
    "package.json package-lock.json npm-shrinkwrap.json composer.json bower.json lerna.json nx.json "
    "turbo.json angular.json renovate.json deno.json vercel.json firebase.json biome.json cspell.json "
    "pyrightconfig.json tsconfig*.json jsconfig*.json *.config.json *rc.json launchsettings.json "
    "appsettings*.json global.json project.assets.json *.deps.json *.runtimeconfig.json "
    "packages.lock.json *.schema.json devcontainer.json settings.json extensions.json launch.json "
    "tasks.json *.tfvars.json cdk.json babel.config.json requirements*.txt *requirements.txt "
    "constraints*.txt robots.txt humans.txt readme* license* licence* copying* notice* changelog* "
    "changes.txt authors* contributors* cmakelists.txt cmakecache.txt version.txt manifest.txt "
    "sources.txt top_level.txt entry_points.txt dependency_links.txt requires.txt pom.xml build.xml "
    "ivy.xml phpunit*.xml phpcs*.xml psalm.xml androidmanifest.xml web.xml persistence.xml log4j*.xml "
    "logback*.xml applicationcontext*.xml settings.xml suppressions.xml dockerfile makefile procfile "
    "vagrantfile jenkinsfile gemfile rakefile"
).split()
_OTHER_DOCUMENTS: tuple[Sign, ...] = (
    json_object("tidegate_baseline"),
    json_object("engine", "gate", "rules", "subject"),
    json_object("openapi", "paths"),
    json_object("swagger", "paths"),
    json_text("$schema", "json-schema.org"),
    json_text("$schema", "json.schemastore.org"),
    json_object("start_url"),
    json_object("mappings", "sources"),
    json_object("files", "globals", "version", "format"),  # coverage.py's notes beside its HTML pages
    json_object("name", "version", "dependencies", "scripts"),
    json_object("compilerOptions"),
    *(
        xml(root)
        for root in (
            "project Project manifest web-app beans configuration persistence ruleset phpunit psalm module "
            "svg stylesheet schema plist resources package rss feed urlset sitemapindex suppressions "
            "FindBugsFilter RunSettings ivy-module"
        ).split()
    ),
)

# What tools say of results in plain words: counts, TAP, coverage in percent.
_RESULTS = re.compile(
    r"\b\d+ (?:\w+ )?(?:tests?|test cases?|examples?|specs?|scenarios?|assertions?|passed|passing|failed"
    r"|failing|failures?|errors?|warnings?|problems?|issues?|offen[cs]es?|vulnerabilit(?:y|ies)|findings?"
    r"|violations?)\b"
    r"|^\s*(?:not )?ok \d|^\s*(?:PASS|FAIL|FAILED|ERROR)\b[:\s]"
    r"|\b(?:tests?(?: run)?|failures?|failed|errors?|passed|skipped|warnings?|vulnerabilities)\s*[:=]\s*\d"
    r"|\b(?:coverage|covered|total)\b.*\d(?:\.\d+)?\s?%"
    r"|(?:^|[,;\t])\"?(?:severity|outcome|testcase|test_name|vulnerability|cve)\"?(?:[,;\t]|$)",
    re.IGNORECASE | re.MULTILINE,
)


def looks_like_report(source: Source) -> bool:
    """Tell whether a file that no reader knows and that nobody named may be a report.

    What is clearly something else is listed here, by name, ending and beginning; what has the ending of a
    report, is XML or JSON, or speaks of results is taken for one, so that it blocks instead of vanishing.
    """
    beginning = Beginning.of(source)
    known = next((each for each in KNOWN_FORMATS if any(sign(beginning) for sign in each.signs)), None)
    name = beginning.name
    if known is not None:
        if _is_told_beside(source, known.beside) or (known.log and name.endswith(_LOG_ENDINGS)):
            return False
        return known.report or name.endswith((".xml", ".json", ".sarif", ".info", ".lcov"))
    if name.endswith(tuple(_OTHER_ENDINGS)) or any(fnmatchcase(name, other) for other in _OTHER_NAMES):
        return False
    if any(sign(beginning) for sign in _OTHER_DOCUMENTS):
        return False
    if name.endswith(tuple(REPORT_ENDINGS)):
        return True
    if name.endswith(_PACKED):
        return _REPORT_NAME.search(name) is not None or _unpacked(name).endswith(tuple(REPORT_ENDINGS))
    if beginning.xml is not None or beginning.json.root:
        return True
    if name.endswith((".yml", ".yaml")):
        return False  # gates, workflows and settings, which speak of results too
    return bool(beginning.text) and _RESULTS.search(beginning.text + _tail(source)) is not None


def instead_of_log(source: Source) -> str:
    """Say of a tool's log that was passed over what it is, and what writes a report; else nothing."""
    name = Beginning.of(source).name
    if not name.endswith(_LOG_ENDINGS):
        return ""
    known = known_format(source)
    if known is None:
        command = command_for(name)
        return f"{source.name} is a log: {command} writes a report." if command else ""
    if _is_told_beside(source, known.beside):
        return ""
    article = "a " if known.name == "build log" else ""
    writes = " writes a report" if known.command.startswith("`") else ""
    return f"{source.name} is {article}{known.name}: {known.command}{writes}."


def _is_told_beside(source: Source, names: tuple[str, ...]) -> bool:
    """Tell whether the same run has written a report that is read beside this file."""
    path = source.path
    return path is not None and any((path.parent / each.format(stem=path.stem)).is_file() for each in names)


def _unpacked(name: str) -> str:
    while name.endswith(_PACKED):
        name = name.rpartition(".")[0]
    return name


def _tail(source: Source) -> str:
    """Return the end of a file that is longer than its head: results stand at the end of a log."""
    if source.size <= len(source.head):
        return ""
    with source.open() as stream:
        stream.seek(max(len(source.head), source.size - _TAIL_BYTES))
        return stream.read(_TAIL_BYTES).decode("utf-8", "replace")
