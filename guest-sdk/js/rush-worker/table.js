/** Tables: snapshots of tasks, column by column. */
import { RushError, call } from './errors.js';
import { Task } from './task.js';
import { fromValue } from './values.js';

/** So many rows at once are plenty to make the calls cheap, and never much memory. */
const PAGE = 1_000;

/**
 * So many tables are left in the host unless they are to be kept. A loop has no other way to give them back by itself: what is no longer
 * needed is known when garbage is collected, and of that a function hears only when it returns.
 */
const LEFT = 8;
const latest = [];

/** A text column: `codes` index into `levels`, -1 is missing. */
export class Factor {
  constructor({ levels, codes }) {
    this.levels = levels;
    this.codes = codes;
  }

  get length() {
    return this.codes.length;
  }

  /** The text in a row; `null` where it is missing. */
  get(row) {
    return this.levels[this.codes[row]] ?? null;
  }

  *[Symbol.iterator]() {
    for (let row = 0; row < this.length; row += 1) yield this.get(row);
  }
}

export class Table {
  #host;
  #length;

  constructor(table) {
    this.#host = table;
    latest.push(this);
    if (latest.length > LEFT) latest[0].drop();
  }

  get #table() {
    if (this.#host !== undefined) return this.#host;
    throw new RushError(
      `this table is gone: it was dropped, or ${LEFT} others were fetched since; \`keep()\` keeps a table that is needed for longer`,
    );
  }

  /** How many tasks there are. */
  get length() {
    return (this.#length ??= this.#table.len());
  }

  columns() {
    return this.#table.columns();
  }

  keys() {
    return this.#table.keys();
  }

  states() {
    return this.#table.states();
  }

  numbers(name) {
    return call(() => this.#table.numbers(name));
  }

  integers(name) {
    return call(() => this.#table.integers(name));
  }

  booleans(name) {
    return call(() => this.#table.booleans(name));
  }

  texts(name) {
    return new Factor(call(() => this.#table.texts(name)));
  }

  values(name) {
    return call(() => this.#table.values(name)).map(fromValue);
  }

  valid(name) {
    return call(() => this.#table.valid(name));
  }

  /** Some of the tasks, as many as there are. */
  rows(start = 0, count = this.length) {
    return this.#table.rows(row(start), row(count)).map((task) => new Task(task));
  }

  /** All tasks, one after the other; the host is asked for some at a time. */
  *[Symbol.iterator]() {
    for (let start = 0; start < this.length; start += PAGE) yield* this.rows(start, PAGE);
  }

  json() {
    return this.#table.json();
  }

  keep() {
    forget(this);
    return this;
  }

  drop() {
    forget(this);
    const table = this.#host;
    this.#host = undefined;
    table?.[Symbol.dispose]?.();
  }

  [Symbol.dispose]() {
    this.drop();
  }
}

function forget(table) {
  const place = latest.indexOf(table);
  if (place >= 0) latest.splice(place, 1);
}

const row = (index) => Math.min(Math.max(Math.trunc(Number(index)) || 0, 0), 0xffffffff);
