// Everything of one environment: `azd up` deploys it at subscription scope.
targetScope = 'subscription'

@minLength(1)
@maxLength(40)
@description('Name of the environment; part of the names of what is made.')
param environmentName string

@minLength(1)
@description('Region of everything, the sandboxes included.')
param location string

@description('Digest-pinned image of the sandbox, registry/name@sha256:…; empty until it is pushed: nothing is validated until then.')
param sandboxImage string = ''

@description('Address range of the npm mirror or proxy that set-up may reach on port 443; empty closes set-up.')
param registryAddresses array = []

@description('Keeps container groups warm. Costs what the groups cost while they wait.')
param standbyPool bool = false

@minValue(1)
@maxValue(20)
@description('Groups that are kept warm.')
param standbyGroups int = 2

@minValue(30)
@maxValue(730)
@description('Days that logs are kept.')
param logDays int = 30

@description('Gigabytes of logs a day, after which no more are taken.')
param logDailyGb int = 1

@description('Id of the GitHub App; empty where none is connected.')
param gitHubAppId string = ''

@description('Id of the GitHub App that may open fix pull requests; empty for none.')
param gitHubFixAppId string = ''

var suffix = toLower(uniqueString(subscription().id, environmentName, location))
var tags = { 'azd-env-name': environmentName }

resource group 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}'
  location: location
  tags: tags
}

// Container groups are alone in their group: the role to make them reaches nothing else.
resource sandboxes 'Microsoft.Resources/resourceGroups@2024-11-01' = {
  name: 'rg-${environmentName}-sandboxes'
  location: location
  tags: tags
}

module identity 'shared/identity.bicep' = {
  name: 'identity'
  scope: group
  params: { location: location, tags: tags, suffix: suffix }
}

module monitoring 'shared/monitoring.bicep' = {
  name: 'monitoring'
  scope: group
  params: { location: location, tags: tags, suffix: suffix, days: logDays, dailyGb: logDailyGb, hostPrincipal: identity.outputs.hostPrincipal }
}

module network 'shared/network.bicep' = {
  name: 'network'
  scope: group
  params: { location: location, tags: tags, suffix: suffix, registryAddresses: registryAddresses }
}

module storage 'shared/storage.bicep' = {
  name: 'storage'
  scope: group
  params: { location: location, tags: tags, suffix: suffix, hostPrincipal: identity.outputs.hostPrincipal, network: network.outputs.id, endpoints: network.outputs.endpoints, blobAddress: network.outputs.blobAddress }
}

module vault 'shared/vault.bicep' = {
  name: 'vault'
  scope: group
  params: { location: location, tags: tags, suffix: suffix, hostPrincipal: identity.outputs.hostPrincipal, network: network.outputs.id, endpoints: network.outputs.endpoints }
}

module registry 'shared/registry.bicep' = {
  name: 'registry'
  scope: group
  params: { location: location, tags: tags, suffix: suffix, pullPrincipal: identity.outputs.pullPrincipal }
}

module sandboxRole 'shared/sandbox-role.bicep' = {
  name: 'sandbox-role'
  params: { suffix: suffix, sandboxGroup: sandboxes.id, networkGroup: group.id }
}

module sandbox 'shared/sandbox.bicep' = {
  name: 'sandbox'
  scope: sandboxes
  params: { location: location, tags: tags, suffix: suffix, hostPrincipal: identity.outputs.hostPrincipal, role: sandboxRole.outputs.groups, image: sandboxImage, standbyPool: standbyPool && !empty(sandboxImage), standbyGroups: standbyGroups, runSubnet: network.outputs.run }
}

module join 'shared/join.bicep' = {
  name: 'join'
  scope: group
  params: { network: network.outputs.name, role: sandboxRole.outputs.join, hostPrincipal: identity.outputs.hostPrincipal }
}

module app 'app/functions.bicep' = {
  name: 'functions'
  scope: group
  params: {
    location: location
    tags: tags
    suffix: suffix
    hostIdentity: identity.outputs.hostId
    hostClient: identity.outputs.hostClient
    pullIdentity: identity.outputs.pullId
    pullClient: identity.outputs.pullClient
    storage: storage.outputs.name
    deployment: storage.outputs.deployment
    vault: vault.outputs.uri
    insights: monitoring.outputs.connection
    subnet: network.outputs.app
    gitHubAppId: gitHubAppId
    gitHubFixAppId: gitHubFixAppId
    sandbox: {
      CODEX_SECURITY_ACI_RESOURCE_GROUP: sandboxes.name
      CODEX_SECURITY_ACI_IMAGE: sandboxImage
      CODEX_SECURITY_ACI_RUN_SUBNET: network.outputs.run
      CODEX_SECURITY_ACI_SETUP_SUBNET: empty(registryAddresses) ? '' : network.outputs.setup
      CODEX_SECURITY_ACI_INPUT_SUBNET: network.outputs.input
      CODEX_SECURITY_ACI_INPUT_ENDPOINT: network.outputs.blobAddress
      CODEX_SECURITY_ACI_STANDBY_POOL: sandbox.outputs.pool
      CODEX_SECURITY_ACI_STANDBY_PROFILE: sandbox.outputs.profile
    }
  }
}

output AZURE_LOCATION string = location
output AZURE_CONTAINER_REGISTRY_ENDPOINT string = registry.outputs.server
output FUNCTIONS_URL string = app.outputs.url
output KEY_VAULT_NAME string = vault.outputs.name
