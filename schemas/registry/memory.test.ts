import { registryContract } from './contract.ts';
import { MemoryRegistry } from './memory.ts';

registryContract('memory', async () => ({ registry: new MemoryRegistry(), prefix: '' }));
