import { ConfluentRegistry } from '../../schemas/registry/confluent.ts';
import { registryContract } from '../../schemas/registry/contract.ts';
import { sharedStack, uniquePrefix } from '../stack.ts';

registryContract('Confluent API of the local stack', async () => {
  const { registryUrl } = await sharedStack();
  return { registry: new ConfluentRegistry({ url: registryUrl }), prefix: uniquePrefix('schemas') };
});
