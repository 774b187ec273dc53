/** Decoded values by what they are used for. The shapes themselves are in `generated/`. */
export type TableValue = object;
export type DecodedRecord = object;
