// Plays a script with PostHog's SDK for Node.
import { PostHog } from 'posthog-node'
import { script } from './read.mjs'

const client = new PostHog(script.key, { host: script.url, flushAt: 20, fetchRetryCount: 5 })
let failure
client.on('error', (error) => { failure = error })
for (const call of script.calls) {
  const distinctId = call.user
  const groups = call.account ? { company: call.account } : undefined
  const timestamp = call.at && new Date(call.at)
  if (call.call === 'identify') client.identify({ distinctId, properties: call.traits })
  if (call.call === 'group') client.groupIdentify({ distinctId, groupType: 'company', groupKey: call.account, properties: call.traits })
  if (call.call === 'page') client.capture({ distinctId, event: '$pageview', properties: { feature: call.name }, groups, timestamp })
  if (call.call === 'track') client.capture({ distinctId, event: call.event, properties: call.properties, groups, timestamp })
}
await client.shutdown()
if (failure) throw failure
