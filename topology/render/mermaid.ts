import type { Topology } from '../types.ts';

/** A Mermaid flowchart: stages as boxes, tables as cylinders, events as pipes, what is planned dashed. What every stage may write is left out. */
export function renderMermaid({ topics, stages }: Topology): string {
  const lines = ['flowchart LR'];
  for (const { name, kind } of topics)
    lines.push(`  ${id(name)}${kind === 'table' ? `[("${name}")]` : `(["${name}"])`}`);
  for (const { name, callsChannels } of stages)
    lines.push(`  ${id(name)}["${name}"]${callsChannels ? ':::calls' : ''}`);
  for (const stage of stages) {
    for (const input of stage.inputs) lines.push(`  ${id(input)} --> ${id(stage.name)}`);
    for (const output of stage.outputs) lines.push(`  ${id(stage.name)} --> ${id(output)}`);
  }
  const planned = [...topics, ...stages].filter((one) => one.planned);
  if (planned.length > 0)
    lines.push(`  class ${planned.map(({ name }) => id(name)).join(',')} planned`);
  lines.push('  classDef calls stroke-width:3px');
  lines.push('  classDef planned stroke-dasharray:4');
  return `${lines.join('\n')}\n`;
}

function id(name: string): string {
  return name.replace(/[^a-z]/g, '_');
}
