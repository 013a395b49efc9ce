import { setImmediate as breathe } from 'node:timers/promises';
import { z } from 'zod';
import { leadColumns, leadRow } from '../../pipeline/lead-columns.js';
import { buildRuleSet } from '../../routing/rule.js';
import { listLeads } from '../../store/leads/lead-list.js';
import { campaignNames } from '../../store/rosters/campaigns.js';
import { EXPORT_FORMATS, exportWriter } from '../../table/rows.js';
import type { AdminApp, Desk } from '../desk.js';
import { readFields } from '../forms.js';
import { leadFields, leadFilter } from './lead-filter.js';

const TYPES = { csv: 'text/csv', json: 'application/json', ndjson: 'application/x-ndjson' } as const;
const formatSchema = z.object({ format: z.enum(EXPORT_FORMATS, `expected one of ${EXPORT_FORMATS.join(', ')}`) });

/** Text as it is asked for: what is not read is not made. */
function streamOf(parts: AsyncGenerator<string>): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
    async cancel() {
      await parts.return(undefined);
    },
  });
}

/** The leads that a filter leaves as a file: what `drason leads --format` prints. */
export function leadExportRoutes(app: AdminApp, desk: Desk): void {
  app.get('/o/:organization/leads/export', async (c) => {
    const { organization } = c.get('config');
    const { store } = desk;
    const { format } = readFields(formatSchema, c.req.query());
    const filter = await leadFilter(store, organization, leadFields(c));
    const rules = buildRuleSet(c.get('config').rules);
    const names = await campaignNames(store, organization);
    const columns = leadColumns(undefined, false);
    const writer = exportWriter(format, columns);
    async function* parts(): AsyncGenerator<string> {
      yield writer.head;
      for await (const page of listLeads(store, organization, filter)) {
        yield writer.part(
          page.map((lead) => {
            const campaignName = names.get(lead.assigned_campaign_id ?? '') ?? null;
            return leadRow(lead, columns, { organization, campaignName, rules, table: false });
          }),
        );
        // the store works synchronously, and other pages are asked for meanwhile
        await breathe();
      }
      yield writer.foot;
    }
    const file = `leads-${organization.replace(/[^\w-]/g, '-')}.${format}`;
    return c.body(streamOf(parts()), 200, {
      'content-type': `${TYPES[format]}; charset=utf-8`,
      'content-disposition': `attachment; filename="${file}"`,
    });
  });
}
