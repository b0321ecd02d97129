const express = require('express'), ldap = require('ldapjs');
const app = express(), client = ldap.createClient({ url: 'ldap://directory' });
app.get('/find', (req, res) => {
  client.search('o=example', { filter: '(uid=' + req.query.uid + ')' }, () => res.end()); // expect: injection.ldap
  client.search('o=example', { filter: '(uid=jo)' }, () => res.end()); // safe: injection.ldap
});
app.listen(3000);
