/** Which older and newer schemas of a subject must be able to read each other, over all versions. */
export type Compatibility = 'FULL_TRANSITIVE' | 'BACKWARD_TRANSITIVE';

/** The port to a schema registry. */
export interface SchemaRegistry {
  /**
   * Id of `schema` under `subject`; registers it when it is new there, after setting the subject's compatibility.
   * @throws ParityError SCHEMA_INCOMPATIBLE when the registry refuses it; REGISTRY_UNAVAILABLE when it did not answer.
   */
  register(subject: string, schema: object, compatibility: Compatibility): Promise<number>;
  /** The schema with an id (Avro's JSON notation); null: there is none. @throws ParityError REGISTRY_UNAVAILABLE. */
  schemaById(id: number): Promise<object | null>;
}
