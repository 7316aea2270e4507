import type { FormDefinition, Values } from '@contract/generated/contract';
import filled from '@contract/vectors/forms/filled.json?raw';
import { Checker } from '@shared/forms/check';
import { fieldsOf, repeatsOf } from '@shared/forms/definition';
import { recompute } from '@shared/forms/evaluate';
import { describe, expect, it } from 'vitest';

interface Case {
  fields: Values;
  computed: Values;
  hidden: string[];
  flags: [string, string][];
}
const { forms } = JSON.parse(filled) as { forms: { form: FormDefinition; cases: Case[] }[] };

function hidden(checker: Checker): string[] {
  const { form, run } = checker;
  const found = [...fieldsOf(form), ...repeatsOf(form)]
    .filter((item) => !checker.relevant(item, null))
    .map((i) => i.name);
  for (const repeat of repeatsOf(form)) {
    for (const row of run.rows(repeat)) {
      const columns = repeat.fields.filter((field) => !checker.relevant(field, { repeat, row }));
      found.push(...columns.map((field) => `${repeat.name}/${row}/${field.name}`));
    }
  }
  return found.sort();
}

describe.each(forms)('$form.id', ({ form, cases }) => {
  it('computes what the server computes', () => {
    for (const { fields, computed } of cases) expect(recompute(form, fields)).toEqual(computed);
  });

  it('asks, and says of the answers, what the server does', () => {
    for (const { fields, hidden: expected, flags } of cases) {
      const checker = new Checker(form, fields);
      expect(hidden(checker)).toEqual(expected);
      expect(checker.flags().map((flag) => [flag.path, flag.code])).toEqual(flags);
    }
  });
});
