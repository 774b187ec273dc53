import { METRICS, type MetricDeclaration } from './catalogue.ts';

/** `docs/metrics.md`: every metric with its kind, unit and labels. */
export function renderMetricsPage(): string {
  const declared: [string, MetricDeclaration][] = Object.entries(METRICS);
  const rows = declared.map(([name, { kind, unit, labels, help }]) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${kind} | ${unit} | ${named} | ${help} |\n`;
  });
  return [
    '<!-- Generated from runtime/metrics/catalogue.ts by `npm run docs`. Do not edit. -->\n\n',
    '# Metrics\n\n',
    'Each process exposes them at `/metrics` of its health port, next to the `process_` and `nodejs_` metrics of prom-client. A metric appears with its\n',
    'first use. Labels have few values: no connection, property or booking is ever one.\n\n',
    '| Metric | Kind | Unit | Labels | What it is |\n| --- | --- | --- | --- | --- |\n',
    ...rows,
  ].join('');
}
