/**
 * The container images of the local stack; `docker-compose.kafka.yml` names the same. Kafka is one minor release behind that of the process
 * stack (4.4.0 from Maven Central, `process/kafka-pom.xml`): an image of 4.4.0 has not been tried yet.
 */
export const IMAGES = {
  kafka: 'apache/kafka:4.3.1',
  registry: 'apicurio/apicurio-registry:3.0.9',
  postgres: 'postgres:18',
} as const;
