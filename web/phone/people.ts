import type { Colleagues } from '@contract/generated/contract';
import { useEffect, useState } from 'preact/hooks';
import { usePhone } from './live';

type Names = Readonly<Record<string, string>>;

/** Kept on the phone, so that people have names without a network too. */
const keyOf = (scope: string): string => `seen:people:${scope}`;

/** The names of the people of a scope: as last heard, and asked for anew where there is a network. */
export function useNames(scope: string): (person: string) => string | undefined {
  const phone = usePhone();
  const [names, show] = useState<Names>({});
  useEffect(() => {
    let over = false;
    const tell = (found: Names | undefined) => found && !over && show(found);
    const learn = async () => {
      tell(await phone.draft<Names>(keyOf(scope)));
      const { people } = await phone.ask<Colleagues>(`/v1/scopes/${scope}/people`);
      const found = Object.fromEntries(people.map(({ id, name }) => [id, name]));
      tell(found);
      await phone.saveDraft(keyOf(scope), found);
    };
    // Without an answer they are called what was last heard, or “another person”.
    if (scope) learn().catch(() => {});
    return () => {
      over = true;
    };
  }, [phone, scope]);
  return (person) => names[person];
}
