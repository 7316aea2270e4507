import { describe, expect, test } from 'vitest';
import { examine, ROOMS } from '../arrows';

const harmless = {
  'phone/app.tsx': "import { Icon } from '@shared/ui/icon';\nimport { to } from './router';",
  'phone/router.ts': "import { signal } from '@preact/signals';",
  'desk/router.ts': "import { Icon } from '@shared/ui/icon';",
  'shared/ui/icon.tsx':
    "import { t } from '@shared/words/i18n';\nimport type { Kind } from '@contract/generated/contract';",
  'shared/words/i18n.ts': "import table from '@contract/generated/problems.json';",
};

const planted: readonly (readonly [what: string, file: string, text: string, said: string])[] = [
  [
    'shared knows an app',
    'shared/ui/x.ts',
    "import { to } from '@phone/router';",
    'phone/router.ts, which is not below',
  ],
  ['a lower room knows a higher one', 'shared/words/x.ts', "import { Icon } from '@shared/ui/icon';", 'not below it'],
  ['a type points upward', 'shared/words/x.ts', "import type { IconName } from '@shared/ui/icon';", 'not below it'],
  ['a late import points upward', 'shared/ui/x.ts', "const it = await import('@phone/router');", 'not below it'],
  ['an export points upward', 'shared/ui/x.ts', "export { to } from '@phone/router';", 'not below it'],
  ['a way around the alias', 'phone/x.ts', "import { t } from '../shared/words/i18n';", 'another room'],
  ['the alias of its own room', 'phone/x.ts', "import { to } from '@phone/router';", 'the same room'],
  ['an app knows the other', 'desk/x.ts', "import { to } from '@phone/router';", 'not below it'],
  ['and the other way', 'phone/x.ts', "import { to } from '@desk/router';", 'desk/router.ts, which is not below'],
  ['an ending', 'phone/x.ts', "import { to } from './router.ts';", 'without its ending'],
  ['the contract itself', 'phone/x.ts', "import x from '@contract/problems.py?raw';", 'no generated file'],
  ['a path to the contract', 'phone/x.ts', "import x from '../../mobile_contract/generated/contract';", 'another room'],
  ['no room at all', 'kiosk/x.ts', '', 'in no room'],
];

describe('the arrows of the apps', () => {
  test('what is well is passed over', () => {
    expect(examine(harmless)).toEqual([]);
  });

  test.each(planted)('%s: it is told with the names', (_what, file, text, said) => {
    const wrong = examine({ ...harmless, [file]: text });
    expect(wrong.join('\n')).toContain(file);
    expect(wrong.join('\n')).toContain(said);
  });

  test('a circle is told as the way around, also one of types', () => {
    const wrong = examine({
      'phone/a.ts': "import { b } from './b';",
      'phone/b.ts': "import {\n  type C,\n} from './c';",
      'phone/c.ts': "import type { A } from './a';",
    });
    expect(wrong).toEqual(['a circle: phone/a.ts → phone/b.ts → phone/c.ts → phone/a.ts']);
  });

  test('every room lies in the folders that are read', () => {
    expect(new Set(ROOMS.map((room) => room.split('/')[0]))).toEqual(new Set(['phone', 'desk', 'shared', 'tests']));
  });
});
