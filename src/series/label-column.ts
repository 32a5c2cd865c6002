const NEEDS_ESCAPE = /["\\\n]/;
const NOT_ASCII = /[^\0-\x7f]/;

/** What a label value is kept as: a lone surrogate, which UTF-8 can't say, is U+FFFD. */
export const wellFormed = (value: string): string => value.toWellFormed();

const escapes: Record<string, string> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

/** A label value as both formats write it between quotes. */
export const escapeLabelValue = (value: string): string =>
  NEEDS_ESCAPE.test(value) ? value.replace(/["\\\n]/g, (char) => escapes[char] as string) : value;

/**
 * The values that one label has in the series of a metric, each kept once under a small number.
 * Values are counted by the series that have them and forgotten with the last, so that ever-new values
 * that come and go take no memory.
 */
export class LabelColumn {
  /** Numbers by value. Read straight by the hot path; only `acquire` and `release` change it. */
  readonly ids = new Map<string, number>();
  /** Whether some value since the last `clear` was not ASCII. */
  unicode = false;
  readonly #texts: string[] = [];
  #uses = new Int32Array(4);
  readonly #free: number[] = [];
  /** Values that are written otherwise than they are. */
  readonly #raw = new Map<number, string>();

  /** The number of a well-formed value, for one more series. */
  acquire(value: string): number {
    const known = this.ids.get(value);
    if (known !== undefined) {
      this.#uses[known] = (this.#uses[known] as number) + 1;
      return known;
    }
    const text = escapeLabelValue(value);
    const id = this.#free.pop() ?? this.#texts.length;
    this.#texts[id] = text;
    if (id >= this.#uses.length) {
      const uses = this.#uses;
      // A quarter more, not twice: it is the memory of a label set that is dear, not a copy of this.
      this.#uses = new Int32Array(id + (id >> 2) + 1);
      this.#uses.set(uses);
    }
    this.#uses[id] = 1;
    if (text !== value) {
      this.#raw.set(id, value);
    }
    this.unicode ||= NOT_ASCII.test(value);
    // Last, so that no value is known by half where the stack is full.
    this.ids.set(value, id);
    return id;
  }

  /** One series less has the value. */
  release(id: number): void {
    const left = (this.#uses[id] as number) - 1;
    this.#uses[id] = left;
    if (left === 0) {
      this.ids.delete(this.value(id));
      this.#raw.delete(id);
      this.#texts[id] = '';
      this.#free.push(id);
    }
  }

  /** The value as it was given. */
  value(id: number): string {
    return this.#raw.get(id) ?? this.text(id);
  }

  /** The value as it is written. */
  text(id: number): string {
    return this.#texts[id] as string;
  }
}
