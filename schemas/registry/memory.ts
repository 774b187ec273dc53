import { violations } from '../compatibility.ts';
import { ParityError } from '../errors.ts';
import type { Compatibility, SchemaRegistry } from './port.ts';

/**
 * A registry in this process, with the rules of a real one: one id per different schema, versions per subject, and no version that
 * breaks the subject's compatibility. Not durable.
 */
export class MemoryRegistry implements SchemaRegistry {
  readonly #schemas: object[] = [];
  readonly #idOf = new Map<string, number>();
  readonly #subjects = new Map<string, number[]>();

  async register(subject: string, schema: object, compatibility: Compatibility): Promise<number> {
    const versions = this.#subjects.get(subject) ?? [];
    const canonical = JSON.stringify(schema);
    const known = this.#idOf.get(canonical);
    if (known !== undefined && versions.includes(known)) return known;
    const history = versions.map((id, index) => ({
      version: index + 1,
      schema: this.#schemas[id - 1] as object,
    }));
    const [refusal] = violations(subject, schema, history, compatibility);
    if (refusal !== undefined) throw new ParityError('SCHEMA_INCOMPATIBLE', refusal);
    const id = known ?? this.#add(canonical);
    this.#subjects.set(subject, [...versions, id]);
    return id;
  }

  async schemaById(id: number): Promise<object | null> {
    return this.#schemas[id - 1] ?? null;
  }

  #add(canonical: string): number {
    this.#schemas.push(JSON.parse(canonical) as object);
    this.#idOf.set(canonical, this.#schemas.length);
    return this.#schemas.length;
  }
}
