// Plays a script with Segment's SDK for Node.
import { Analytics } from '@segment/analytics-node'
import { script } from './read.mjs'

const client = new Analytics({ writeKey: script.key, host: script.url, flushAt: 20, maxRetries: 5 })
let failure
client.on('error', (error) => { failure = error })
for (const call of script.calls) {
  const userId = call.user
  const context = call.account ? { groupId: call.account } : {}
  const timestamp = call.at && new Date(call.at)
  if (call.call === 'identify') client.identify({ userId, traits: call.traits })
  if (call.call === 'group') client.group({ userId, groupId: call.account, traits: call.traits })
  if (call.call === 'page') client.page({ userId, name: call.name, context, timestamp })
  if (call.call === 'track') client.track({ userId, event: call.event, properties: call.properties, context, timestamp })
}
await client.closeAndFlush()
if (failure) throw failure
