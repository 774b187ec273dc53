import type { Topology } from '../types.ts';
import { renderMarkdown } from './markdown.ts';
import { renderMermaid } from './mermaid.ts';

/** `docs/topology.md`: the picture and the tables. */
export function renderTopologyPage(topology: Topology): string {
  return [
    '<!-- Generated from topology/ by `npm run docs`. Do not edit. -->\n',
    '# Topology\n',
    'Cylinders are tables, rounded shapes are events, and stages with a bold border call channels.\n',
    `\`\`\`mermaid\n${renderMermaid(topology)}\`\`\`\n`,
    renderMarkdown(topology),
  ].join('\n');
}
