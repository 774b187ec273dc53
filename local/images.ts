/** The container images of the local stack; `docker-compose.kafka.yml` names the same. */
export const IMAGES = {
  kafka: 'apache/kafka:4.3.1',
  registry: 'apicurio/apicurio-registry:3.0.9',
  postgres: 'postgres:18',
} as const;
