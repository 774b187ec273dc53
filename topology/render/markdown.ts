import type { Topology } from '../types.ts';
import { IMPLIED_OUTPUTS } from '../validate.ts';
import { describe } from './planned.ts';

/** Tables of topics and stages for the documentation. */
export function renderMarkdown({ partitions, topics, stages }: Topology): string {
  const topicRows = topics.map((topic) => [
    code(topic.name),
    topic.key,
    topic.placedBy,
    topic.kind + (topic.retentionDays === undefined ? '' : `, ${topic.retentionDays} d`),
    describe(topic),
  ]);
  const stageRows = stages.map((stage) => [
    `**${stage.name}**${stage.callsChannels ? ' (calls channels)' : ''}`,
    stage.partitionedBy === 'none' ? '–' : stage.partitionedBy,
    stage.inputs.map(code).join(', ') || '–',
    stage.outputs.map(code).join(', ') || '–',
    describe(stage),
  ]);
  return [
    `${partitions} partitions each.\n`,
    table(['Topic', 'Key', 'Placed by', 'Kind', 'Holds'], topicRows),
    table(['Stage', 'By', 'Reads', 'Writes', 'Does'], stageRows),
    `Every stage may also write ${IMPLIED_OUTPUTS.map(code).join(' and ')}.\n`,
  ].join('\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}

function code(name: string): string {
  return `\`${name}\``;
}
