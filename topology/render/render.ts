import type { Topology } from '../types.ts';
import { type AsyncApiOptions, renderAsyncApi } from './asyncapi.ts';
import { renderJson } from './json.ts';
import { renderMarkdown } from './markdown.ts';
import { renderMermaid } from './mermaid.ts';

export const FORMATS = ['json', 'mermaid', 'asyncapi', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

/** The topology in one of the formats that `parity topology --format` offers. */
export function render(topology: Topology, format: Format, options: AsyncApiOptions): string {
  switch (format) {
    case 'json':
      return renderJson(topology);
    case 'mermaid':
      return renderMermaid(topology);
    case 'markdown':
      return renderMarkdown(topology);
    case 'asyncapi':
      return renderAsyncApi(topology, options);
  }
}
