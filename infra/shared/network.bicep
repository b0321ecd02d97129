// One network. What runs untrusted code reaches nothing; what brings its inputs reaches one address; set-up reaches the registry's addresses.
param location string
param tags object
param suffix string
param registryAddresses array

var blobIp = '10.40.2.10'
var platform = [ 'AzurePlatformDNS', 'AzurePlatformIMDS', 'AzurePlatformLKM' ]
var nothingIn = { name: 'deny-in', properties: { priority: 4096, direction: 'Inbound', access: 'Deny', protocol: '*', sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: '*', destinationPortRange: '*' } }
var nothingOut = { name: 'deny-out', properties: { priority: 4096, direction: 'Outbound', access: 'Deny', protocol: '*', sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: '*', destinationPortRange: '*' } }
// The platform's own addresses are not covered by "*".
var noPlatform = [for (tag, i) in platform: { name: 'deny-${toLower(tag)}', properties: { priority: 100 + i, direction: 'Outbound', access: 'Deny', protocol: '*', sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: tag, destinationPortRange: '*' } }]
var toBlobs = { name: 'allow-blobs', properties: { priority: 200, direction: 'Outbound', access: 'Allow', protocol: 'Tcp', sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefix: '${blobIp}/32', destinationPortRange: '443' } }
var toRegistry = { name: 'allow-registry', properties: { priority: 210, direction: 'Outbound', access: 'Allow', protocol: 'Tcp', sourceAddressPrefix: '*', sourcePortRange: '*', destinationAddressPrefixes: registryAddresses, destinationPortRange: '443' } }

resource runRules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-run-${suffix}'
  location: location
  tags: tags
  properties: { securityRules: concat(noPlatform, [ nothingIn, nothingOut ]) }
}

resource inputRules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-input-${suffix}'
  location: location
  tags: tags
  properties: { securityRules: concat(noPlatform, [ toBlobs, nothingIn, nothingOut ]) }
}

resource setupRules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-setup-${suffix}'
  location: location
  tags: tags
  properties: { securityRules: concat(noPlatform, [ toBlobs, nothingIn, nothingOut ], empty(registryAddresses) ? [] : [ toRegistry ]) }
}

resource appRules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-app-${suffix}'
  location: location
  tags: tags
  properties: { securityRules: [ nothingIn ] }
}

resource endpointRules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: 'nsg-endpoints-${suffix}'
  location: location
  tags: tags
  properties: {
    securityRules: [
      { name: 'allow-network', properties: { priority: 100, direction: 'Inbound', access: 'Allow', protocol: 'Tcp', sourceAddressPrefix: '10.40.0.0/16', sourcePortRange: '*', destinationAddressPrefix: '*', destinationPortRange: '443' } }
      nothingIn
      nothingOut
    ]
  }
}

var containers = [ { name: 'containers', properties: { serviceName: 'Microsoft.ContainerInstance/containerGroups' } } ]

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: 'vnet-${suffix}'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [ '10.40.0.0/16' ] }
    subnets: [
      { name: 'app', properties: { addressPrefix: '10.40.1.0/24', networkSecurityGroup: { id: appRules.id }, delegations: [ { name: 'app', properties: { serviceName: 'Microsoft.App/environments' } } ] } }
      { name: 'endpoints', properties: { addressPrefix: '10.40.2.0/24', networkSecurityGroup: { id: endpointRules.id }, privateEndpointNetworkPolicies: 'NetworkSecurityGroupEnabled', defaultOutboundAccess: false } }
      { name: 'run', properties: { addressPrefix: '10.40.16.0/20', networkSecurityGroup: { id: runRules.id }, delegations: containers, defaultOutboundAccess: false } }
      { name: 'input', properties: { addressPrefix: '10.40.32.0/20', networkSecurityGroup: { id: inputRules.id }, delegations: containers, defaultOutboundAccess: false } }
      { name: 'setup', properties: { addressPrefix: '10.40.48.0/20', networkSecurityGroup: { id: setupRules.id }, delegations: containers } }
    ]
  }
}

output id string = network.id
output name string = network.name
output app string = '${network.id}/subnets/app'
output endpoints string = '${network.id}/subnets/endpoints'
output run string = '${network.id}/subnets/run'
output input string = '${network.id}/subnets/input'
output setup string = '${network.id}/subnets/setup'
output blobAddress string = blobIp
