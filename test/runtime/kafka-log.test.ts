import { eventLogContract } from '../../runtime/log/contract.ts';
import { sharedStack } from '../stack.ts';
import { kafkaHarness } from './kafka-harness.ts';

eventLogContract(
  'kafkajs',
  kafkaHarness(async () => (await sharedStack()).brokers),
);
