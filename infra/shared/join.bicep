// The host may use the three subnets of the sandboxes, and no other.
param network string
param role string
param hostPrincipal string

resource vnet 'Microsoft.Network/virtualNetworks@2024-05-01' existing = {
  name: network
}

resource subnets 'Microsoft.Network/virtualNetworks/subnets@2024-05-01' existing = [for name in [ 'run', 'input', 'setup' ]: {
  parent: vnet
  name: name
}]

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [for (name, i) in [ 'run', 'input', 'setup' ]: {
  name: guid(vnet.id, name, hostPrincipal, role)
  scope: subnets[i]
  properties: { principalId: hostPrincipal, principalType: 'ServicePrincipal', roleDefinitionId: role }
}]
