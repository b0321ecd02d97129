// Holds the sandbox's image; the platform fetches it with a short-lived token that the host asks for.
param location string
param tags object
@minLength(13)
param suffix string
param pullPrincipal string

// AcrPull
var pull = '7f951dda-4ed3-4680-a7ca-43fe172d538d'

resource registry 'Microsoft.ContainerRegistry/registries@2023-07-01' = {
  name: 'cr${suffix}'
  location: location
  tags: tags
  sku: { name: 'Basic' }
  properties: { adminUserEnabled: false }
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(registry.id, pullPrincipal, pull)
  scope: registry
  properties: { principalId: pullPrincipal, principalType: 'ServicePrincipal', roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', pull) }
}

output server string = registry.properties.loginServer
