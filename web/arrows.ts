/**
 * The arrows of the apps: who imports whom, read from the sources. `scripts/web check` names what points upward, runs in
 * a circle, or is written another way than README.md says.
 */

/** The rooms, each over those that it may import; `@contract/` is below them all. The apps stand side by side. */
export const ROOMS: readonly string[] = [
  'tests',
  'phone',
  'desk',
  'shared/forms',
  'shared/ui',
  'shared/device',
  'shared/protocol',
  'shared/words',
];

/** None of them imports another. */
const APPS: ReadonlySet<string> = new Set(['phone', 'desk']);

/** What the apps know of the contract. */
const CONTRACT = /^@contract\/(generated|vectors)\//;
const ALIAS = /^@(?=(shared|phone|desk)\/)/;
const IMPORT = /(?:\bfrom|\bimport|\bimport\(|\bimport\.meta\.glob(?:<[^(]*>)?\()\s*'([^']+)'/g;

/** Paths from web/, and the texts. */
export type Sources = Readonly<Record<string, string>>;

/** Return a sentence for each thing that is wrong. */
export function examine(sources: Sources): string[] {
  const wrong: string[] = [];
  const graph = new Map<string, readonly string[]>();
  for (const [file, text] of Object.entries(sources)) {
    if (!roomOf(file)) wrong.push(`${file} is in no room; name its room in arrows.ts`);
    const imports = [...text.matchAll(IMPORT)].map(([, said = '']) => said);
    wrong.push(...imports.flatMap((said) => miswritten(file, said)));
    const targets = imports.map((said) => found(sources, targetOf(file, said))).filter((one) => one !== undefined);
    wrong.push(
      ...targets.filter((one) => above(one, file)).map((one) => `${file} imports ${one}, which is not below it`),
    );
    graph.set(file, targets);
  }
  const circle = circleIn(graph);
  return circle ? [...wrong, `a circle: ${circle.join(' → ')}`] : wrong;
}

function roomOf(path: string): string | undefined {
  return ROOMS.find((room) => path.startsWith(`${room}/`));
}

/** The path from web/ that an import names, without an ending; undefined where it is not ours. */
function targetOf(file: string, said: string): string | undefined {
  if (ALIAS.test(said)) return said.slice(1);
  return said.startsWith('.') ? new URL(said, `file:///${file}`).pathname.slice(1) : undefined;
}

function found(sources: Sources, target: string | undefined): string | undefined {
  return [target, `${target}.ts`, `${target}.tsx`].find((path) => path !== undefined && path in sources);
}

function above(target: string, file: string): boolean {
  const [there, here] = [roomOf(target) ?? '', roomOf(file) ?? ''];
  if (APPS.has(there) && APPS.has(here)) return there !== here;
  return ROOMS.indexOf(there) < ROOMS.indexOf(here);
}

/** Say how an import is to be written instead, if it is ours and not written the one way. */
function miswritten(file: string, said: string): string[] {
  if (said.startsWith('@contract/')) {
    return CONTRACT.test(said) ? [] : [`${file}: ${said} is no generated file and no vector`];
  }
  const target = targetOf(file, said);
  const beside = target !== undefined && !target.includes('/') && roomOf(file) === 'tests';
  if (target === undefined || beside) return [];
  const same = roomOf(target) === roomOf(file);
  return [
    ...(/\.tsx?$/.test(said) ? [`${file}: write ${said} without its ending`] : []),
    ...(same && ALIAS.test(said) ? [`${file}: ${said} is of the same room; write it relative`] : []),
    ...(!same && !ALIAS.test(said) ? [`${file}: ${said} is of another room; write it with its alias`] : []),
  ];
}

/** A circle as a list that begins and ends with the same file. */
function circleIn(graph: ReadonlyMap<string, readonly string[]>): string[] | undefined {
  const done = new Set<string>();
  const way: string[] = [];
  const visit = (file: string): string[] | undefined => {
    if (way.includes(file)) return [...way.slice(way.indexOf(file)), file];
    if (done.has(file)) return undefined;
    way.push(file);
    for (const next of graph.get(file) ?? []) {
      const circle = visit(next);
      if (circle) return circle;
    }
    way.pop();
    done.add(file);
    return undefined;
  };
  for (const file of graph.keys()) {
    const circle = visit(file);
    if (circle) return circle;
  }
  return undefined;
}
