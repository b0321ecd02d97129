// Two identities of the host: what it is, and with what it fetches the sandbox's image. Container groups have none.
param location string
param tags object
param suffix string

resource host 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-host-${suffix}'
  location: location
  tags: tags
}

resource pull 'Microsoft.ManagedIdentity/userAssignedIdentities@2023-01-31' = {
  name: 'id-pull-${suffix}'
  location: location
  tags: tags
}

output hostId string = host.id
output hostClient string = host.properties.clientId
output hostPrincipal string = host.properties.principalId
output pullId string = pull.id
output pullClient string = pull.properties.clientId
output pullPrincipal string = pull.properties.principalId
