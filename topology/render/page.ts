import type { Topology } from '../types.ts';
import { renderMarkdown } from './markdown.ts';
import { renderMermaid } from './mermaid.ts';

/** `docs/topology.md`: the picture and the tables. */
export function renderTopologyPage(topology: Topology): string {
  return [
    '<!-- Generated from topology/ by `npm run docs`. Do not edit. -->\n',
    '# Topology\n',
    'Cylinders are tables, rounded shapes are events, stages with a bold border call channels, and what has a dashed border is planned: this build does not do it yet.\n',
    `\`\`\`mermaid\n${renderMermaid(topology)}\`\`\`\n`,
    renderMarkdown(topology),
  ].join('\n');
}
