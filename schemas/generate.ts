import { mkdirSync, writeFileSync } from 'node:fs';
import { readContract, standalone } from './generator/contract.ts';
import { renderSchemas, renderTypes } from './generator/typescript.ts';

const contract = readContract('schemas/avro');
mkdirSync('schemas/generated', { recursive: true });
writeFileSync('schemas/generated/types.ts', renderTypes(contract));
writeFileSync(
  'schemas/generated/schemas.ts',
  renderSchemas(new Map([...contract.topics].map(([t, s]) => [t, standalone(contract, s)]))),
);
