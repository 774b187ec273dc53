#!/usr/bin/env node
// Runs the TypeScript sources as they are: tsx strips the types.
import { register } from 'tsx/esm/api';

register();
await import('./parity.ts');
