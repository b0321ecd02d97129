// Roles that Azure does not have: to make and remove container groups, and to put them into a subnet.
targetScope = 'subscription'

param suffix string
param sandboxGroup string
param networkGroup string

resource groups 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, suffix, 'groups')
  properties: {
    roleName: 'Codex Security sandboxes ${suffix}'
    description: 'Makes, reads and removes container groups.'
    assignableScopes: [ sandboxGroup ]
    permissions: [
      {
        actions: [
          'Microsoft.ContainerInstance/containerGroups/read'
          'Microsoft.ContainerInstance/containerGroups/write'
          'Microsoft.ContainerInstance/containerGroups/delete'
          'Microsoft.ContainerInstance/containerGroups/containers/logs/read'
        ]
        notActions: []
      }
    ]
  }
}

resource join 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(subscription().id, suffix, 'join')
  properties: {
    roleName: 'Codex Security subnets ${suffix}'
    description: 'Puts container groups into a subnet.'
    assignableScopes: [ networkGroup ]
    permissions: [ { actions: [ 'Microsoft.Network/virtualNetworks/subnets/join/action' ], notActions: [] } ]
  }
}

output groups string = groups.id
output join string = join.id
