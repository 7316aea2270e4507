/**
 * Reads the XPath that the server left to the phone (`phoneOnly`, and rules without an expression): XPath 1.0's
 * operators over `${name}`, `.`, constants and functions (https://www.w3.org/TR/xpath-10/ §3). Paths into the document
 * of an XForm are outside: our values have no such document.
 */

export type Node =
  | { readonly is: 'number' | 'text'; readonly text: string }
  | { readonly is: 'ref'; readonly name: string }
  | { readonly is: 'itself' | 'parent' }
  | { readonly is: 'negative'; readonly of: Node }
  | { readonly is: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }
  | { readonly is: 'call'; readonly name: string; readonly args: readonly Node[] };

/** XPath that is not evaluated here; its rule is as if it were not there. */
export class Unsupported extends Error {
  override readonly name = 'Unsupported';
}

const MAX_LENGTH = 4_000;
const MAX_NESTING = 64;
const TOKEN =
  /\s*(?:\$\{\s*([^}\s]+)\s*\}|(\d+(?:\.\d*)?|\.\d+)|"([^"]*)"|'([^']*)'|([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)|(\.\.|<=|>=|!=|[-+*=<>(),.|/[\]@:]))/y;

/** How tightly each operator holds; all associate to the left. */
const BINDING: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  '=': 3,
  '!=': 3,
  '<': 4,
  '<=': 4,
  '>': 4,
  '>=': 4,
  '+': 5,
  '-': 5,
  '*': 6,
  div: 6,
  mod: 6,
};

interface Token {
  readonly kind: 'ref' | 'number' | 'text' | 'word' | 'sign';
  readonly text: string;
}

const READ = new Map<string, Node>();

/** Parse an expression; each is read once. Throws {@link Unsupported}. */
export function parse(xpath: string): Node {
  let node = READ.get(xpath);
  if (!node) {
    if (xpath.length > MAX_LENGTH) throw new Unsupported('too long');
    const parser = new Parser(tokens(xpath));
    node = parser.expression(0);
    parser.end();
    READ.set(xpath, node);
  }
  return node;
}

function tokens(xpath: string): Token[] {
  const found: Token[] = [];
  const text = xpath.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const [whole, ref, number, double, single, word, sign] = TOKEN.exec(text) ?? [];
    if (whole === undefined) throw new Unsupported(text.slice(at, at + 20));
    if (ref !== undefined) found.push({ kind: 'ref', text: ref });
    else if (number !== undefined) found.push({ kind: 'number', text: number });
    else if (word !== undefined) found.push({ kind: 'word', text: word });
    else if (sign !== undefined) found.push({ kind: 'sign', text: sign });
    else found.push({ kind: 'text', text: double ?? single ?? '' });
  }
  return found;
}

class Parser {
  #at = 0;
  #depth = 0;

  constructor(readonly tokens: readonly Token[]) {}

  expression(binding: number): Node {
    this.#depth += 1;
    if (this.#depth > MAX_NESTING) throw new Unsupported('nested too deeply');
    let left = this.#operand();
    for (let hold = this.#operator(); hold > binding; hold = this.#operator()) {
      const operator = this.#take().text;
      left = { is: 'binary', operator, left, right: this.expression(hold) };
    }
    this.#depth -= 1;
    return left;
  }

  end(): void {
    if (this.#at < this.tokens.length) throw new Unsupported(this.tokens[this.#at]?.text);
  }

  #operator(): number {
    const token = this.tokens[this.#at];
    return token && (token.kind === 'sign' || token.kind === 'word') ? (BINDING[token.text] ?? 0) : 0;
  }

  #operand(): Node {
    const { kind, text } = this.#take();
    if (kind === 'number' || kind === 'text') return { is: kind, text };
    if (kind === 'ref') return { is: 'ref', name: text };
    if (kind === 'word') return this.#call(text);
    if (text === '-') return { is: 'negative', of: this.expression(BINDING['*'] as number) };
    if (text === '.') return { is: 'itself' };
    if (text === '..') return { is: 'parent' };
    if (text !== '(') throw new Unsupported(text);
    const inner = this.expression(0);
    this.#expect(')');
    return inner;
  }

  #call(name: string): Node {
    this.#expect('(');
    const args: Node[] = [];
    while (!this.#isNext(')')) {
      args.push(this.expression(0));
      if (!this.#isNext(')')) this.#expect(',');
    }
    this.#expect(')');
    return { is: 'call', name, args };
  }

  #isNext(sign: string): boolean {
    const token = this.tokens[this.#at];
    return token?.kind === 'sign' && token.text === sign;
  }

  #take(): Token {
    const token = this.tokens[this.#at];
    if (!token) throw new Unsupported('it ends early');
    this.#at += 1;
    return token;
  }

  #expect(sign: string): void {
    const token = this.#take();
    if (token.kind !== 'sign' || token.text !== sign) throw new Unsupported(token.text);
  }
}
