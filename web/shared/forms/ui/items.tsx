import type { Item } from '@contract/generated/contract';
import { labelled } from '@shared/words/i18n';
import type { Around } from './around';
import { FieldView } from './field';
import { RepeatView } from './repeat';

/** The parts of a form in the order of its definition. */
export function Items({ items, around }: { items: readonly Item[]; around: Around }) {
  return (
    <>
      {items.map((item) => (
        <ItemView key={item.name} item={item} around={around} />
      ))}
    </>
  );
}

function ItemView({ item, around }: { item: Item; around: Around }) {
  switch (item.item) {
    case 'field':
      return <FieldView field={item} place={null} around={around} />;
    case 'repeat':
      return <RepeatView repeat={item} around={around} />;
    case 'note':
      return <p class="note">{labelled(item.label)}</p>;
    case 'group':
      return (
        <section class="group form-grid" aria-label={labelled(item.label)}>
          <h2>{labelled(item.label)}</h2>
          <Items items={item.items} around={around} />
        </section>
      );
  }
}
