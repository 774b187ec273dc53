import { type AvroNamed, type AvroSchema, fullName, isNamed, isUnion } from './generator/avro.ts';

/**
 * Checks that bytes can be one value of a schema, without making the value. avsc looks at the end of the buffer only after decoding,
 * so a few wrong bytes that read as an array of 2^50 items would keep it busy for ever; this walk stops at the first
 * length, index or count that the rest of the bytes cannot hold.
 */
export type BoundsCheck = (bytes: Uint8Array, start: number) => boolean;

/** Moves past one value; -1: the bytes cannot hold it. */
type Step = (bytes: Uint8Array, at: number) => number;

const OUT = -1;

/** Compiles the check of a standalone schema. @throws Error when the schema names a type that it does not hold. */
export function boundsCheck(schema: object): BoundsCheck {
  const step = new Compiler().step(schema as AvroSchema);
  return (bytes, start) => step(bytes, start) === bytes.length;
}

class Compiler {
  readonly #named = new Map<string, { step: Step }>();

  step(schema: AvroSchema, namespace = ''): Step {
    if (typeof schema === 'string') return this.#byName(schema, namespace);
    if (isUnion(schema)) return union(schema.map((branch) => this.step(branch, namespace)));
    if (isNamed(schema)) return this.#defined(schema, namespace);
    if (schema.type === 'array') return array(this.step(schema.items, namespace));
    if (schema.type === 'map') return array(sequence([block, this.step(schema.values, namespace)]));
    return this.#byName(schema.type, namespace);
  }

  #byName(name: string, namespace: string): Step {
    const primitive = PRIMITIVE_STEPS[name];
    if (primitive !== undefined) return primitive;
    const named = this.#named.get(name) ?? this.#named.get(`${namespace}.${name}`);
    if (named === undefined)
      throw new Error(`The schema refers to ${name}, which it does not define`);
    return (bytes, at) => named.step(bytes, at);
  }

  #defined(schema: AvroNamed, outer: string): Step {
    const namespace = schema.namespace ?? outer;
    const slot = { step: fail };
    this.#named.set(
      schema.name.includes('.') ? schema.name : fullName({ ...schema, namespace }),
      slot,
    );
    slot.step =
      schema.type === 'enum'
        ? index(schema.symbols.length)
        : sequence(schema.fields.map((field) => this.step(field.type, namespace)));
    return slot.step;
  }
}

const fail: Step = () => OUT;

/** A varint of up to 10 bytes, value not needed. */
const skipVarint: Step = (bytes, at) => {
  const end = Math.min(at + 10, bytes.length);
  for (let i = at; i < end; i++) if (((bytes[i] as number) & 0x80) === 0) return i + 1;
  return OUT;
};

let varintEnd = 0;
/** Zigzag varint; `varintEnd` is where it ends, -1 when the bytes do not hold it. Precise up to 2^53, which no length reaches. */
function readVarint(bytes: Uint8Array, at: number): number {
  const first = bytes[at] as number;
  if (first < 0x80) {
    varintEnd = at + 1;
    return (first >>> 1) ^ -(first & 1);
  }
  let value = 0;
  let scale = 1;
  const end = Math.min(at + 10, bytes.length);
  for (let i = at; i < end; i++) {
    const byte = bytes[i] as number;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      varintEnd = i + 1;
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    scale *= 128;
  }
  varintEnd = OUT;
  return 0;
}

const block: Step = (bytes, at) => {
  const length = readVarint(bytes, at);
  const start = varintEnd;
  return start === OUT || length < 0 || length > bytes.length - start ? OUT : start + length;
};

function fixed(size: number): Step {
  return (bytes, at) => (at + size <= bytes.length ? at + size : OUT);
}

const PRIMITIVE_STEPS: Readonly<Record<string, Step>> = {
  null: (_, at) => at,
  boolean: (bytes, at) => (at < bytes.length && (bytes[at] as number) <= 1 ? at + 1 : OUT),
  int: skipVarint,
  long: skipVarint,
  float: fixed(4),
  double: fixed(8),
  bytes: block,
  string: block,
};

function index(count: number): Step {
  return (bytes, at) => {
    const value = readVarint(bytes, at);
    return value >= 0 && value < count ? varintEnd : OUT;
  };
}

function union(branches: readonly Step[]): Step {
  return (bytes, at) => {
    const branch = branches[readVarint(bytes, at)];
    return varintEnd === OUT || branch === undefined ? OUT : branch(bytes, varintEnd);
  };
}

function sequence(steps: readonly Step[]): Step {
  return (bytes, start) => {
    let at = start;
    for (const step of steps) {
      at = step(bytes, at);
      if (at === OUT) return OUT;
    }
    return at;
  };
}

/** Blocks of items. Every item must take at least one byte, so no count can exceed the bytes that are left. */
function array(item: Step): Step {
  return (bytes, start) => {
    let at = start;
    for (;;) {
      let count = readVarint(bytes, at);
      at = varintEnd;
      if (at === OUT) return OUT;
      if (count === 0) return at;
      if (count < 0) {
        count = -count;
        at = skipVarint(bytes, at);
        if (at === OUT) return OUT;
      }
      if (count > bytes.length - at) return OUT;
      for (; count > 0; count--) {
        at = item(bytes, at);
        if (at === OUT) return OUT;
      }
    }
  };
}
