// Records, artifacts, the host's own state. Reached through private endpoints only, with identities only.
param location string
param tags object
@minLength(13)
param suffix string
param hostPrincipal string
param network string
param endpoints string
param blobAddress string

var deploymentContainer = 'deployment'
// Storage Blob Data Owner (the host's leases), Storage Queue Data Contributor, Storage Table Data Contributor.
var roles = [ 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b', '974c5e8b-45b9-4653-ba55-5f855dd0fb88', '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3' ]
var services = [ 'blob', 'table', 'queue' ]

resource account 'Microsoft.Storage/storageAccounts@2024-01-01' = {
  name: 'st${suffix}'
  location: location
  tags: tags
  kind: 'StorageV2'
  sku: { name: 'Standard_ZRS' }
  properties: {
    allowSharedKeyAccess: false
    allowBlobPublicAccess: false
    allowCrossTenantReplication: false
    defaultToOAuthAuthentication: true
    minimumTlsVersion: 'TLS1_2'
    supportsHttpsTrafficOnly: true
    publicNetworkAccess: 'Disabled'
    networkAcls: { defaultAction: 'Deny', bypass: 'None' }
  }
}

resource blobs 'Microsoft.Storage/storageAccounts/blobServices@2024-01-01' = {
  parent: account
  name: 'default'
  properties: { deleteRetentionPolicy: { enabled: true, days: 7 } }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [for name in [ deploymentContainer, 'codexsecurityartifacts', 'sandbox-jobs' ]: {
  parent: blobs
  name: name
  properties: { publicAccess: 'None' }
}]

// What a sandbox was given is gone after a day, whatever became of the process that gave it.
resource lifecycle 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: account
  name: 'default'
  properties: {
    policy: {
      rules: [
        { name: 'jobs', enabled: true, type: 'Lifecycle', definition: { filters: { blobTypes: [ 'blockBlob' ], prefixMatch: [ 'sandbox-jobs/' ] }, actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: 1 } } } } }
      ]
    }
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for role in roles: {
  name: guid(account.id, hostPrincipal, role)
  scope: account
  properties: { principalId: hostPrincipal, principalType: 'ServicePrincipal', roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', role) }
}]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [for service in services: {
  name: 'privatelink.${service}.${environment().suffixes.storage}'
  location: 'global'
  tags: tags
}]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [for (service, i) in services: {
  parent: zones[i]
  name: 'network'
  location: 'global'
  properties: { virtualNetwork: { id: network }, registrationEnabled: false }
}]

resource doors 'Microsoft.Network/privateEndpoints@2024-05-01' = [for service in services: {
  name: 'pe-${service}-${suffix}'
  location: location
  tags: tags
  properties: {
    subnet: { id: endpoints }
    privateLinkServiceConnections: [ { name: service, properties: { privateLinkServiceId: account.id, groupIds: [ service ] } } ]
    // Sandboxes know the blob endpoint by its address, as they have no resolver.
    ipConfigurations: service == 'blob' ? [ { name: 'fixed', properties: { groupId: 'blob', memberName: 'blob', privateIPAddress: blobAddress } } ] : []
  }
}]

resource records 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [for (service, i) in services: {
  parent: doors[i]
  name: 'default'
  properties: { privateDnsZoneConfigs: [ { name: service, properties: { privateDnsZoneId: zones[i].id } } ] }
}]

output name string = account.name
output deployment string = '${account.properties.primaryEndpoints.blob}${deploymentContainer}'
