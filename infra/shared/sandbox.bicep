// Where container groups are made. A standby pool keeps some warm; it is off unless it is asked for.
param location string
param tags object
param suffix string
param hostPrincipal string
param role string
param image string
param standbyPool bool
param standbyGroups int
param runSubnet string

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  name: guid(resourceGroup().id, hostPrincipal, role)
  properties: { principalId: hostPrincipal, principalType: 'ServicePrincipal', roleDefinitionId: role }
}

resource profile 'Microsoft.ContainerInstance/containerGroupProfiles@2025-09-01' = if (standbyPool) {
  name: 'cgp-${suffix}'
  location: location
  tags: tags
  properties: {
    sku: 'Standard'
    osType: 'Linux'
    restartPolicy: 'Never'
    containers: [
      {
        name: 'run'
        properties: {
          image: image
          command: [ '/opt/codex-security/codex-security', 'sandbox-runner' ]
          environmentVariables: [ { name: 'CODEX_SECURITY_RUNNER', value: 'container' } ]
          resources: { requests: { cpu: 1, memoryInGB: json('1.9') } }
        }
      }
    ]
  }
}

resource pool 'Microsoft.StandbyPool/standbyContainerGroupPools@2025-03-01' = if (standbyPool) {
  name: 'sbp-${suffix}'
  location: location
  tags: tags
  properties: {
    elasticityProfile: { maxReadyCapacity: standbyGroups, refillPolicy: 'always' }
    containerGroupProperties: { containerGroupProfile: { id: profile.id }, subnetIds: [ { id: runSubnet } ] }
  }
}

output pool string = standbyPool ? pool.id : ''
output profile string = standbyPool ? profile.id : ''
