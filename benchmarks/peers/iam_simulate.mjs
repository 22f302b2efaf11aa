// Runs the same decision cases in one warm Node process, by its two ways in.
//
// node iam_simulate.mjs PACKAGE_FOLDER CASES_FILE, then one line per round on standard input: a way and a count.
// Each round prints the seconds of processor time this thread took, and how many decisions were as expected.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

const [folder, casesFile] = process.argv.slice(2)
const load = path => import(pathToFileURL(join(folder, 'node_modules', '@cloud-copilot', path)))
const { runSimulation } = await load('iam-simulate/dist/esm/index.js')
const { authorize } = await load('iam-simulate/dist/esm/core_engine/CoreSimulatorEngine.js')
const { AwsRequestImpl } = await load('iam-simulate/dist/esm/request/request.js')
const { RequestContextImpl } = await load('iam-simulate/dist/esm/requestContext.js')
const { DiscoveryContextKeyConstraints } = await load('iam-simulate/dist/esm/context_keys/discoveryContextKeyConstraints.js')
const { loadPolicy } = await load('iam-policy/dist/esm/index.js')

const ANSWERS = { Allowed: 'ALLOW', ExplicitlyDenied: 'EXPLICIT_DENY', ImplicitlyDenied: 'IMPLICIT_DENY' }
const cases = JSON.parse(readFileSync(casesFile, 'utf8')).cases

const named = (documents, kind) => (documents ?? []).map((policy, index) => ({ name: `${kind}${index}`, policy }))
const levels = entries => (entries ?? []).map(({ level, policies }) => ({ orgIdentifier: level, policies: named(policies, level) }))

const simulations = cases.map(({ request, policies }) => ({
  request: {
    principal: request.anonymous ? { type: 'Anonymous' } : request.principal,
    action: request.action,
    resource: { resource: request.resource, accountId: request.resource_account },
    contextVariables: request.context
  },
  sessionPolicy: policies.session ?? undefined,
  identityPolicies: named(policies.identity, 'identity'),
  serviceControlPolicies: levels(policies.scps),
  resourceControlPolicies: levels(policies.rcps),
  resourcePolicy: policies.resource ?? undefined,
  permissionBoundaryPolicies: policies.boundaries ? named(policies.boundaries, 'boundary') : undefined,
  vpcEndpointPolicies: policies.vpce ? named(policies.vpce, 'endpoint') : undefined
}))

const parsed = (policies, level) => policies?.map(({ name, policy }) => loadPolicy(policy, { name }))
const parsedLevels = entries => entries.map(({ orgIdentifier, policies }) => ({ orgIdentifier, policies: parsed(policies) }))
const authorizations = simulations.map((simulation, index) => ({
  sessionPolicy: simulation.sessionPolicy && loadPolicy(simulation.sessionPolicy, { name: 'session' }),
  identityPolicies: parsed(simulation.identityPolicies),
  serviceControlPolicies: parsedLevels(simulation.serviceControlPolicies),
  resourceControlPolicies: parsedLevels(simulation.resourceControlPolicies),
  resourcePolicy: simulation.resourcePolicy && loadPolicy(simulation.resourcePolicy, { name: 'resource' }),
  permissionBoundaries: parsed(simulation.permissionBoundaryPolicies),
  vpcEndpointPolicies: parsed(simulation.vpcEndpointPolicies),
  simulationParameters: { simulationMode: 'Strict', discoveryContextKeyConstraints: new DiscoveryContextKeyConstraints([]) },
  serviceSettings: {}
}))

function decideParsed(index) {
  const { principal, action, resource, contextVariables } = simulations[index].request
  const context = new RequestContextImpl(contextVariables)
  const wildcardOnly = cases[index].request.wildcard_only_action
  const request = new AwsRequestImpl(principal, resource, action, context, wildcardOnly)
  return authorize({ request, ...authorizations[index] }).result
}

const WAYS = {
  parsed: decideParsed,
  validated: async index => (await runSimulation(simulations[index], {})).overallResult
}

for await (const line of createInterface({ input: process.stdin })) {
  const [way, rounds] = line.split(' ')
  const decide = WAYS[way]
  let agreed = 0
  const before = process.threadCpuUsage()
  for (let round = 0; round < Number(rounds); round++) {
    for (let index = 0; index < cases.length; index++) {
      const result = decide(index)
      const answer = result instanceof Promise ? await result : result
      agreed += ANSWERS[answer] === cases[index].expected.decision
    }
  }
  const { user, system } = process.threadCpuUsage(before)
  console.log(JSON.stringify({ seconds: (user + system) / 1e6, agreed: agreed / Number(rounds) }))
}
