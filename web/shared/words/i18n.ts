import { signal } from '@preact/signals';

/** The languages of the app; Chinese is what a new phone speaks. */
export type Language = 'zh-CN' | 'en';

/** One sentence in both languages. As a pair it cannot be missing in one of them; `{name}` stands for a parameter. */
export type Sentence = readonly [zh: string, en: string];
export type Params = Readonly<Record<string, string | number>>;

const KEPT_AS = 'plumbline.language';

export const language = signal<Language>(kept());

/** Switch the language of the app, for good. */
export function speak(wanted: Language): void {
  language.value = wanted;
  document.documentElement.lang = wanted;
  try {
    localStorage.setItem(KEPT_AS, wanted);
  } catch {
    // Private windows may refuse: then the choice lasts until the app is closed.
  }
}

/** Make the translator of a table of sentences. What renders with it is rendered again when the language changes. */
export function sentences<const T extends Readonly<Record<string, Sentence>>>(table: T) {
  return (key: keyof T & string, params: Params = {}): string => {
    return say(table[key] as Sentence, params);
  };
}

/** Say one sentence that stands by itself. */
export function say(sentence: Sentence, params: Params = {}): string {
  return fill(sentence[language.value === 'en' ? 1 : 0], params);
}

/** Choose the text of a label of a form or a problem, Chinese where there is no English. */
export function labelled(label: Readonly<Record<string, string>> | undefined): string {
  return label?.[language.value] ?? label?.['zh-CN'] ?? label?.en ?? '';
}

/** Put parameters into `{name}` places; an unknown one stays visible, so that nothing is said that is not so. */
export function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole));
}

function kept(): Language {
  try {
    return localStorage.getItem(KEPT_AS) === 'en' ? 'en' : 'zh-CN';
  } catch {
    return 'zh-CN';
  }
}
