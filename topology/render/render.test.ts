import { Parser } from '@asyncapi/parser';
import { describe, expect, it } from 'vitest';
import { SCHEMAS } from '../../schemas/generated/schemas.ts';
import { TOPOLOGY } from '../stages.ts';
import { render } from './render.ts';

const options = { version: '0.1.0', schemas: SCHEMAS };

async function parsed(text: string) {
  const { document, diagnostics } = await new Parser().parse(text);
  return { document, errors: diagnostics.filter(({ severity }) => severity === 0) };
}

describe('AsyncAPI', () => {
  it('passes the official parser', async () => {
    const { document, errors } = await parsed(render(TOPOLOGY, 'asyncapi', options));
    expect(errors).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    expect(
      document
        ?.channels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual(TOPOLOGY.topics.map(({ name }) => name));
    const writes = document?.operations().get('mapping-writes-channel.desired');
    expect(writes?.isSend()).toBe(true);
    expect(document?.operations().all()).toHaveLength(
      TOPOLOGY.stages.reduce(
        (sum, { inputs, outputs }) => sum + inputs.length + outputs.length + 2,
        0,
      ),
    );
  });

  it('fails it when a channel is missing: the parser really looks', async () => {
    const broken = JSON.parse(render(TOPOLOGY, 'asyncapi', options));
    delete broken.channels['pms.events'];
    expect((await parsed(JSON.stringify(broken))).errors).not.toEqual([]);
  });

  it('carries the Avro schema of every topic that has one', () => {
    const { components } = JSON.parse(render(TOPOLOGY, 'asyncapi', options));
    for (const [topic, schema] of Object.entries(SCHEMAS))
      expect(components.messages[topic].payload.schema).toEqual(schema);
    expect(components.messages['channel.dead-letters'].payload).toBeUndefined();
  });
});

describe('other formats', () => {
  it('JSON is the topology itself', () => {
    expect(JSON.parse(render(TOPOLOGY, 'json', options))).toEqual(TOPOLOGY);
  });

  it('Mermaid has a node for each topic and stage and an edge for each input and output', () => {
    const lines = render(TOPOLOGY, 'mermaid', options).trim().split('\n');
    const edges = TOPOLOGY.stages.reduce(
      (sum, { inputs, outputs }) => sum + inputs.length + outputs.length,
      0,
    );
    expect(lines.filter((line) => line.includes('-->'))).toHaveLength(edges);
    expect(lines).toContain('  property_calendar[("property.calendar")]');
    expect(lines).toContain('  pms_events --> intake');
    expect(lines).toHaveLength(1 + TOPOLOGY.topics.length + TOPOLOGY.stages.length + edges + 3);
    expect(lines).toContain('  class channel_observed,reconciliation planned');
  });

  it('Markdown has a row for each topic and stage', () => {
    const rows = render(TOPOLOGY, 'markdown', options)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows).toHaveLength(TOPOLOGY.topics.length + TOPOLOGY.stages.length + 4);
    expect(rows.find((row) => row.includes('channel.revisions'))).toContain('table, 400 d');
  });
});
