import type { Rows } from './rows.js';

/** Finds the row with given keys: open addressing with linear probing, in one array of numbers. */
export class RowIndex {
  readonly #rows: Rows;
  /** Row + 1, or 0. */
  #slots = new Int32Array(8);
  #size = 0;

  constructor(rows: Rows) {
    this.#rows = rows;
  }

  /** The row with these keys, or -1; the hash of the keys is `hashOf(wanted)`. */
  find(wanted: Int32Array, hash: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const row = (slots[slot] as number) - 1;
      if (row < 0 || this.#has(row, wanted)) {
        return row;
      }
    }
  }

  /** Whole or not at all, where the stack is full. */
  add(row: number): void {
    if ((this.#size + 1) * 2 > this.#slots.length) {
      const slots = new Int32Array(this.#slots.length * 2);
      for (const entry of this.#slots) {
        if (entry > 0) {
          this.#put(slots, entry - 1);
        }
      }
      this.#slots = slots;
    }
    this.#put(this.#slots, row);
    this.#size++;
  }

  /** Takes a row out and moves up what was put behind it, so that no gap cuts a search short. */
  delete(row: number): void {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let gap = this.#home(row);
    while (slots[gap] !== row + 1) {
      gap = (gap + 1) & mask;
    }
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const entry = slots[slot] as number;
      if (((slot - this.#home(entry - 1)) & mask) >= ((slot - gap) & mask)) {
        slots[gap] = entry;
        gap = slot;
      }
    }
    slots[gap] = 0;
    this.#size--;
  }

  #has(row: number, wanted: Int32Array): boolean {
    const keys = this.#rows.keys(row);
    const at = this.#rows.keysAt(row);
    for (let i = 0; i < wanted.length; i++) {
      if (keys[at + i] !== wanted[i]) {
        return false;
      }
    }
    return true;
  }

  #home(row: number, slots = this.#slots): number {
    return hashAt(this.#rows.keys(row), this.#rows.keysAt(row), this.#rows.labels) & (slots.length - 1);
  }

  #put(slots: Int32Array<ArrayBuffer>, row: number): void {
    const mask = slots.length - 1;
    let slot = this.#home(row, slots);
    while (slots[slot] !== 0) {
      slot = (slot + 1) & mask;
    }
    slots[slot] = row + 1;
  }
}

/** The hash of keys, put together key by key with `mix`, from 0. */
export const hashOf = (keys: Int32Array): number => hashAt(keys, 0, keys.length);

export function mix(hash: number, key: number): number {
  const mixed = Math.imul(hash ^ key, 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

function hashAt(keys: Int32Array, at: number, length: number): number {
  let hash = 0;
  for (let i = 0; i < length; i++) {
    hash = mix(hash, keys[at + i] as number);
  }
  return hash;
}
