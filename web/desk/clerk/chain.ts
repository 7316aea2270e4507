/** What a clerk goes through on one paper, and in which order: pure. */
import type {
  Alternative,
  Alternatives,
  ExtractionValues,
  Field,
  Flag,
  FormDefinition,
  ProposedField,
  Value,
} from '@contract/generated/contract';
import { fieldsOf, repeatsOf } from '@shared/forms/definition';
import { labelled } from '@shared/words/i18n';
import { same, textOf } from './values';

/** One value of the paper: what was proposed for it, and what speaks against that. */
export interface Line {
  readonly path: string;
  readonly field: Field;
  /** What it is called: 人数, or 分工种人数 2 · 人数. */
  readonly label: string;
  readonly proposed?: ProposedField;
  readonly flags: readonly Flag[];
  /** What else it may be, the likeliest first, each with a reason. */
  readonly others: readonly Alternative[];
  /** Whether a person must look at it: all but what is sure enough for the threshold in force. */
  readonly due: boolean;
}

export type Order = 'form' | 'confidence';

/** What is not written on paper, or is computed, is no line. */
const UNWRITTEN: ReadonlySet<string> = new Set(['photo', 'audio', 'video', 'signature', 'geopoint']);

/** The lines of a paper in the form's order: every question, and every row of a table of which something was read. */
export function linesOf(
  form: FormDefinition,
  values: ExtractionValues,
  others: Alternatives['fields'] = {},
): readonly Line[] {
  const proposals = new Map((values.fields ?? []).map((one) => [one.path, one]));
  const line = (path: string, field: Field, label: string): Line => {
    const proposed = proposals.get(path);
    const flags = (values.flags ?? []).filter((flag) => flag.paths?.includes(path));
    const due = flags.length > 0 || (proposed !== undefined && proposed.review !== 'accepted');
    return { path, field, label, flags, others: others[path] ?? [], due, ...(proposed ? { proposed } : {}) };
  };
  const single = fieldsOf(form).filter(isWritten);
  const lines = single.map((field) => line(`fields/${field.name}`, field, labelled(field.label)));
  const rows = repeatsOf(form).flatMap((repeat) => {
    const ordinals = [...new Set([...proposals.keys()].flatMap((path) => ordinalIn(path, repeat.name)))];
    return ordinals
      .sort((a, b) => a - b)
      .flatMap((row) =>
        repeat.fields
          .filter(isWritten)
          .map((field) =>
            line(
              `fields/${repeat.name}/${row}/${field.name}`,
              field,
              `${labelled(repeat.label)} ${row} · ${labelled(field.label)}`,
            ),
          ),
      );
  });
  return [...lines, ...rows];
}

const isWritten = (field: Field): boolean => !field.computed && !UNWRITTEN.has(field.type);

function ordinalIn(path: string, repeat: string): readonly number[] {
  const [, name, row] = path.split('/');
  return name === repeat && row !== undefined && /^\d+$/.test(row) ? [Number(row)] : [];
}

/** The lines as they are gone through: as the form has them, or where the machine is least sure first. */
export function ordered(lines: readonly Line[], order: Order): readonly Line[] {
  if (order === 'form') return lines;
  // Stable: what is equally sure stays in the form's order; what was not proposed comes last.
  return [...lines].sort((a, b) => rank(a) - rank(b));
}

const rank = (line: Line): number => (line.flags.length > 0 ? 0 : 1000) + (line.proposed?.confidence ?? 2000);

/** The line to look at after `path`: the next that is due and was not seen, from the top again after the last. */
export function nextOf(lines: readonly Line[], path: string, seen: ReadonlySet<string>): Line | undefined {
  const at = lines.findIndex((line) => line.path === path);
  const left = (line: Line) => line.due && !seen.has(line.path) && line.path !== path;
  return lines.slice(at + 1).find(left) ?? lines.slice(0, Math.max(at, 0)).find(left);
}

/** What the machine could have meant, the first being what it proposes: what its checks suggest, and what else was read. */
export function candidatesOf(line: Line): readonly Value[] {
  const { proposed, flags, others } = line;
  const all: readonly (Value | undefined)[] = [
    proposed?.value,
    ...flags.map((flag) => flag.suggestion),
    ...others.map((other) => other.value),
  ];
  const texts = new Set<string>();
  return all.filter((value): value is Value => {
    const text = textOf(line.field, value);
    if (value === undefined || text === '' || texts.has(text)) return false;
    texts.add(text);
    return true;
  });
}

/** What differs from what was proposed: what is sent as corrections. */
export function correctionsOf(lines: readonly Line[], typed: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(
    lines.flatMap(({ path, proposed }): [string, Value][] => {
      const value = typed[path];
      return value === undefined || same(value, proposed?.value) ? [] : [[path, value]];
    }),
  );
}
