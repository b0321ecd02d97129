// The host: Flex Consumption, scaled to zero, in the network, with identities and no connection string.
param location string
param tags object
param suffix string
param hostIdentity string
param hostClient string
param pullIdentity string
param pullClient string
param storage string
param deployment string
param vault string
param insights string
param subnet string
param gitHubAppId string
param gitHubFixAppId string
@description('Settings of the sandbox that are not this module\'s to know.')
param sandbox object

var secrets = { CODEX_SECURITY_WEBHOOK_SECRETS: 'webhook-secrets', CODEX_SECURITY_TOKEN: 'api-token' }
var references = reduce(items(secrets), {}, (all, s) => union(all, { '${s.key}': '@Microsoft.KeyVault(SecretUri=${vault}secrets/${s.value})' }))

resource plan 'Microsoft.Web/serverfarms@2024-04-01' = {
  name: 'plan-${suffix}'
  location: location
  tags: tags
  kind: 'functionapp'
  sku: { name: 'FC1', tier: 'FlexConsumption' }
  properties: { reserved: true }
}

resource app 'Microsoft.Web/sites@2024-04-01' = {
  name: 'func-${suffix}'
  location: location
  tags: union(tags, { 'azd-service-name': 'functions' })
  kind: 'functionapp,linux'
  identity: { type: 'UserAssigned', userAssignedIdentities: { '${hostIdentity}': {}, '${pullIdentity}': {} } }
  properties: {
    serverFarmId: plan.id
    httpsOnly: true
    publicNetworkAccess: 'Enabled' // GitHub delivers here; everything but the signed webhook asks for a token
    keyVaultReferenceIdentity: hostIdentity
    virtualNetworkSubnetId: subnet
    siteConfig: { minTlsVersion: '1.2', scmMinTlsVersion: '1.2', ftpsState: 'Disabled', http20Enabled: true }
    functionAppConfig: {
      deployment: { storage: { type: 'blobContainer', value: deployment, authentication: { type: 'UserAssignedIdentity', userAssignedIdentityResourceId: hostIdentity } } }
      scaleAndConcurrency: { maximumInstanceCount: 40, instanceMemoryMB: 4096 }
      runtime: { name: 'dotnet-isolated', version: '10.0' }
    }
  }

  resource settings 'config' = {
    name: 'appsettings'
    properties: union(references, sandbox, {
      AzureWebJobsStorage__accountName: storage
      AzureWebJobsStorage__credential: 'managedidentity'
      AzureWebJobsStorage__clientId: hostClient
      APPLICATIONINSIGHTS_CONNECTION_STRING: insights
      APPLICATIONINSIGHTS_AUTHENTICATION_STRING: 'ClientId=${hostClient};Authorization=AAD'
      AZURE_CLIENT_ID: hostClient
      CODEX_SECURITY_STORAGE_BLOB_ENDPOINT: 'https://${storage}.blob.${environment().suffixes.storage}'
      CODEX_SECURITY_STORAGE_TABLE_ENDPOINT: 'https://${storage}.table.${environment().suffixes.storage}'
      CODEX_SECURITY_SANDBOX: 'container-instances'
      CODEX_SECURITY_ACI_SUBSCRIPTION: subscription().subscriptionId
      CODEX_SECURITY_ACI_LOCATIONS: location
      CODEX_SECURITY_ACI_PULL_IDENTITY: pullClient
      CODEX_SECURITY_GITHUB_APP_ID: gitHubAppId
      CODEX_SECURITY_GITHUB_KEY: empty(gitHubAppId) ? '' : '${vault}keys/github-app'
      CODEX_SECURITY_GITHUB_FIX_APP_ID: gitHubFixAppId
      CODEX_SECURITY_GITHUB_FIX_KEY: empty(gitHubFixAppId) ? '' : '${vault}keys/github-fix-app'
    })
  }

  // Publishing by password is off.
  resource scm 'basicPublishingCredentialsPolicies' = {
    name: 'scm'
    properties: { allow: false }
  }

  resource ftp 'basicPublishingCredentialsPolicies' = {
    name: 'ftp'
    properties: { allow: false }
  }
}

output url string = 'https://${app.properties.defaultHostName}'
