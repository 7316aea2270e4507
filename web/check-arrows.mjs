// Examine the arrows of the apps (arrows.ts) on the sources beside this file.
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { examine } from './arrows.ts';

const here = import.meta.dirname;
/** Holds violations, planted in strings. */
const PLANTED = 'tests/arrows.test.ts';
const sources = {};
for (const folder of ['phone', 'desk', 'shared', 'tests']) {
  for (const entry of readdirSync(join(here, folder), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.tsx?$/.test(entry.name)) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(here, path);
    if (name !== PLANTED) sources[name] = readFileSync(path, 'utf-8');
  }
}
const wrong = examine(sources);
if (wrong.length > 0) {
  console.error(
    `${wrong.join('\n')}\nWhat to do: arrows.ts has the order of the rooms; README.md, how imports are written.`,
  );
  process.exit(1);
}
