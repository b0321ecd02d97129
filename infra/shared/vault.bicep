// The GitHub App's key, the webhook's secrets and the API's token. The key signs inside the vault; the host reads the other two by reference.
param location string
param tags object
param suffix string
param hostPrincipal string
param network string
param endpoints string

// Key Vault Secrets User, Key Vault Crypto User.
var roles = [ '4633458b-17de-408a-b874-0445c86b69e6', '12338af0-0e69-4776-bea7-57ae8d297424' ]

resource vault 'Microsoft.KeyVault/vaults@2023-07-01' = {
  name: 'kv-${suffix}'
  location: location
  tags: tags
  properties: {
    tenantId: tenant().tenantId
    sku: { family: 'A', name: 'standard' }
    enableRbacAuthorization: true
    enableSoftDelete: true
    enablePurgeProtection: true
    publicNetworkAccess: 'Disabled'
    networkAcls: { defaultAction: 'Deny', bypass: 'None' }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles: {
  name: guid(vault.id, hostPrincipal, role)
  scope: vault
  properties: { principalId: hostPrincipal, principalType: 'ServicePrincipal', roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role) }
}]

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: 'privatelink.vaultcore.azure.net'
  location: 'global'
  tags: tags
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: 'network'
  location: 'global'
  properties: { virtualNetwork: { id: network }, registrationEnabled: false }
}

resource door 'Microsoft.Network/privateEndpoints@2024-05-01' = {
  name: 'pe-vault-${suffix}'
  location: location
  tags: tags
  properties: { subnet: { id: endpoints }, privateLinkServiceConnections: [ { name: 'vault', properties: { privateLinkServiceId: vault.id, groupIds: [ 'vault' ] } } ] }
}

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = {
  parent: door
  name: 'default'
  properties: { privateDnsZoneConfigs: [ { name: 'vault', properties: { privateDnsZoneId: zone.id } } ] }
}

output name string = vault.name
output uri string = vault.properties.vaultUri
