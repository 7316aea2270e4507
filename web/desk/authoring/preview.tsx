import type { FormDefinition } from '@contract/generated/contract';
import { Session } from '@shared/forms/session';
import { Items } from '@shared/forms/ui/items';
import type { Phone } from '@shared/protocol/phone';
import { localTime } from '@shared/protocol/time';
import { labelled, language } from '@shared/words/i18n';
import { v7 } from 'uuid';
import { Awaited } from '../ui/page';
import { useLoaded } from '../ui/tasks';
import '@shared/forms/ui/forms.css';

/** The form as a phone draws it, to be tried: it computes and asks like there, and nothing of it is kept or sent. */
export function FormPreview({ form }: { form: FormDefinition }) {
  const opened = useLoaded(
    () => Session.open({ phone: pretend(), form, scope: 'section:preview', id: v7(), language: language.peek() }),
    [form],
  );
  return (
    <section class="preview" aria-label={labelled(form.title)}>
      <Awaited of={opened}>
        {(session) => (
          <div class="form form-grid">
            <Items
              items={form.items}
              around={{ session, locked: false, strict: false, names: () => undefined, suggestions: () => [] }}
            />
          </div>
        )}
      </Awaited>
    </section>
  );
}

/** As much of a phone as a form asks for. What is asked beyond that – the camera's files, its position – does nothing. */
function pretend(): Phone {
  const now = () => new Date();
  const known: Partial<Record<keyof Phone, unknown>> = {
    status: { value: {}, peek: () => ({}), subscribe: () => () => {} },
    subscribe: () => () => {},
    conflicts: async () => [],
    now,
    captured: () => ({ at: localTime(now()) }),
    newId: () => v7(),
  };
  return new Proxy(known, {
    get: (one, name) => one[name as keyof Phone] ?? (async () => undefined),
  }) as unknown as Phone;
}
