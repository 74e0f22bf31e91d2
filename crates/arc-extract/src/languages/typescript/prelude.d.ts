declare class Array<T> {
  static from<U>(items: Iterable<U>): U[];
  static isArray(value: unknown): boolean;
  static of<U>(...items: U[]): U[];
  length: number;
  [index: number]: T;
  [Symbol.iterator](): Iterator<T>;
  at(index: number): T;
  concat(...items: T[]): T[];
  copyWithin(target: number, start: number): T[];
  entries(): Iterator<[number, T]>;
  every(callback: (value: T, index: number, array: T[]) => boolean): boolean;
  fill(value: T): T[];
  filter(callback: (value: T, index: number, array: T[]) => boolean): T[];
  find(callback: (value: T, index: number, array: T[]) => boolean): T;
  findIndex(callback: (value: T, index: number, array: T[]) => boolean): number;
  findLast(callback: (value: T, index: number, array: T[]) => boolean): T;
  flat(): T;
  flatMap<U>(callback: (value: T, index: number, array: T[]) => U[]): U[];
  forEach(callback: (value: T, index: number, array: T[]) => void): void;
  includes(value: T): boolean;
  indexOf(value: T): number;
  join(separator: string): string;
  keys(): Iterator<number>;
  lastIndexOf(value: T): number;
  map<U>(callback: (value: T, index: number, array: T[]) => U): U[];
  pop(): T;
  push(...items: T[]): number;
  reduce<U>(callback: (previous: U, current: T, index: number, array: T[]) => U, initial: U): U;
  reduceRight<U>(callback: (previous: U, current: T, index: number, array: T[]) => U, initial: U): U;
  reverse(): T[];
  shift(): T;
  slice(start: number, end: number): T[];
  some(callback: (value: T, index: number, array: T[]) => boolean): boolean;
  sort(compare: (a: T, b: T) => number): T[];
  splice(start: number, count: number): T[];
  toReversed(): T[];
  toSorted(compare: (a: T, b: T) => number): T[];
  toSpliced(start: number, count: number): T[];
  unshift(...items: T[]): number;
  values(): Iterator<T>;
  with(index: number, value: T): T[];
}

declare class ReadonlyArray<T> extends Array<T> {}
declare class ArrayLike<T> extends Array<T> {}

declare class Map<K, V> {
  static groupBy<K, T>(items: Iterable<T>, key: (item: T) => K): Map<K, T[]>;
  size: number;
  [Symbol.iterator](): Iterator<[K, V]>;
  clear(): void;
  delete(key: K): boolean;
  entries(): Iterator<[K, V]>;
  forEach(callback: (value: V, key: K, map: Map<K, V>) => void): void;
  get(key: K): V;
  has(key: K): boolean;
  keys(): Iterator<K>;
  set(key: K, value: V): this;
  values(): Iterator<V>;
}

declare class ReadonlyMap<K, V> extends Map<K, V> {}
declare class WeakMap<K, V> extends Map<K, V> {}

declare class Set<T> {
  size: number;
  [Symbol.iterator](): Iterator<T>;
  add(value: T): this;
  clear(): void;
  delete(value: T): boolean;
  entries(): Iterator<[T, T]>;
  forEach(callback: (value: T, key: T, set: Set<T>) => void): void;
  has(value: T): boolean;
  keys(): Iterator<T>;
  values(): Iterator<T>;
}

declare class ReadonlySet<T> extends Set<T> {}
declare class WeakSet<T> extends Set<T> {}

declare class WeakRef<T> {
  constructor(target: T);
  deref(): T;
}

declare class Promise<T> {
  static all<U>(items: Iterable<Promise<U>>): Promise<U[]>;
  static allSettled<U>(items: Iterable<Promise<U>>): Promise<PromiseResult<U>[]>;
  static any<U>(items: Iterable<Promise<U>>): Promise<U>;
  static race<U>(items: Iterable<Promise<U>>): Promise<U>;
  static reject(reason: unknown): Promise<never>;
  static resolve<U>(value: U): Promise<U>;
  constructor(run: (resolve: (value: T) => void, reject: (reason: unknown) => void) => void);
  catch(failed: (reason: unknown) => T): Promise<T>;
  finally(done: () => void): Promise<T>;
  then<U>(done: (value: T) => U, failed: (reason: unknown) => U): Promise<U>;
}

interface __Guard<T> {}
interface __Keyed<T, K> {}

interface PromiseResult<T> {
  status: string;
  value: T;
  reason: unknown;
}

interface PromiseLike<T> extends Promise<T> {}
type Awaited<T> = T;

interface IteratorResult<T> {
  done: boolean;
  value: T;
}

declare class Iterator<T> {
  [Symbol.iterator](): Iterator<T>;
  drop(count: number): Iterator<T>;
  every(callback: (value: T) => boolean): boolean;
  filter(callback: (value: T) => boolean): Iterator<T>;
  find(callback: (value: T) => boolean): T;
  flatMap<U>(callback: (value: T) => U[]): Iterator<U>;
  forEach(callback: (value: T) => void): void;
  map<U>(callback: (value: T) => U): Iterator<U>;
  next(): T | IteratorResult<T>;
  reduce<U>(callback: (previous: U, current: T) => U, initial: U): U;
  return(): IteratorResult<T>;
  some(callback: (value: T) => boolean): boolean;
  take(count: number): Iterator<T>;
  toArray(): T[];
}

interface Iterable<T> extends Iterator<T> {}
interface IterableIterator<T> extends Iterator<T> {}
interface Generator<T> extends Iterator<T> {}
interface AsyncIterator<T> extends Iterator<T> {}
interface AsyncIterable<T> extends Iterator<T> {}
interface AsyncIterableIterator<T> extends Iterator<T> {}
interface AsyncGenerator<T> extends Iterator<T> {}

interface Record<K, V> {
  [key: string]: V;
}

type Exclude<T, U> = T;
type Extract<T, U> = T;
type InstanceType<T> = T;
type NoInfer<T> = T;
type NonNullable<T> = T;
type Omit<T, K> = T;
type Partial<T> = T;
type Pick<T, K> = T;
type Readonly<T> = T;
type Required<T> = T;
type ThisType<T> = T;

declare class Object {
  static assign<T>(target: T, ...sources: T[]): T;
  static create<T>(prototype: T): T;
  static defineProperties<T>(target: T, properties: object): T;
  static defineProperty<T>(target: T, key: string, property: object): T;
  static entries<T>(value: Record<string, T>): [string, T][];
  static freeze<T>(value: T): T;
  static fromEntries<T>(entries: Iterable<[string, T]>): Record<string, T>;
  static getOwnPropertyNames(value: object): string[];
  static getPrototypeOf<T>(value: T): T;
  static keys(value: object): string[];
  static seal<T>(value: T): T;
  static setPrototypeOf<T>(target: T, prototype: T): T;
  static values<T>(value: Record<string, T>): T[];
  hasOwnProperty(key: string): boolean;
  toString(): string;
  valueOf(): this;
}

declare class String {
  static fromCharCode(...codes: number[]): string;
  static raw(texts: string[], ...values: unknown[]): string;
  length: number;
  [index: number]: string;
  [Symbol.iterator](): Iterator<string>;
  at(index: number): string;
  charAt(index: number): string;
  charCodeAt(index: number): number;
  codePointAt(index: number): number;
  concat(...texts: string[]): string;
  endsWith(text: string): boolean;
  includes(text: string): boolean;
  indexOf(text: string): number;
  lastIndexOf(text: string): number;
  localeCompare(text: string): number;
  match(pattern: RegExp): string[];
  matchAll(pattern: RegExp): Iterator<string[]>;
  normalize(): string;
  padEnd(length: number, fill: string): string;
  padStart(length: number, fill: string): string;
  repeat(count: number): string;
  replace(pattern: RegExp, replacement: (...texts: string[]) => string): string;
  replaceAll(pattern: RegExp, replacement: (...texts: string[]) => string): string;
  search(pattern: RegExp): number;
  slice(start: number, end: number): string;
  split(separator: string): string[];
  startsWith(text: string): boolean;
  substr(start: number, length: number): string;
  substring(start: number, end: number): string;
  toLowerCase(): string;
  toString(): string;
  toUpperCase(): string;
  trim(): string;
  trimEnd(): string;
  trimStart(): string;
}

declare class Number {
  static isFinite(value: unknown): boolean;
  static isInteger(value: unknown): boolean;
  static isNaN(value: unknown): boolean;
  static parseFloat(text: string): number;
  static parseInt(text: string, base: number): number;
  toFixed(digits: number): string;
  toString(base: number): string;
}

declare class Boolean {}

declare class RegExp {
  lastIndex: number;
  source: string;
  exec(text: string): string[];
  test(text: string): boolean;
}

declare class Date {
  static now(): number;
  getTime(): number;
  toISOString(): string;
  toString(): string;
}

declare class Error {
  constructor(message: string);
  cause: unknown;
  message: string;
  name: string;
  stack: string;
}

declare class AggregateError extends Error {}
declare class EvalError extends Error {}
declare class RangeError extends Error {}
declare class ReferenceError extends Error {}
declare class SyntaxError extends Error {}
declare class TypeError extends Error {}
declare class URIError extends Error {}

declare namespace console {
  function assert(condition: boolean, ...values: unknown[]): void;
  function debug(...values: unknown[]): void;
  function dir(value: unknown): void;
  function error(...values: unknown[]): void;
  function group(...values: unknown[]): void;
  function groupEnd(): void;
  function info(...values: unknown[]): void;
  function log(...values: unknown[]): void;
  function table(value: unknown): void;
  function time(label: string): void;
  function timeEnd(label: string): void;
  function trace(...values: unknown[]): void;
  function warn(...values: unknown[]): void;
}

declare namespace JSON {
  function parse(text: string): unknown;
  function stringify(value: unknown): string;
}

declare namespace Math {
  function abs(value: number): number;
  function ceil(value: number): number;
  function floor(value: number): number;
  function log(value: number): number;
  function max(...values: number[]): number;
  function min(...values: number[]): number;
  function pow(base: number, exponent: number): number;
  function random(): number;
  function round(value: number): number;
  function sign(value: number): number;
  function sqrt(value: number): number;
  function trunc(value: number): number;
}

declare namespace process {
  const argv: string[];
  const env: Record<string, string>;
  const pid: number;
  const platform: string;
  function cwd(): string;
  function exit(code: number): never;
  function nextTick(callback: () => void): void;
  function on(event: string, listener: (value: unknown) => void): void;
}
