// What a database found, as promises give it.
import express from 'express';
import { Model, Sequelize } from 'sequelize';
import * as mongoose from 'mongoose';
import mysql from 'mysql2/promise';
import mime from 'mime';
import pg from 'pg';
import * as sqlite from 'sqlite';

class User extends Model { declare name: string; }
User.init({}, { sequelize: new Sequelize('sqlite::memory:') });
const Post = mongoose.model('Post', new mongoose.Schema({}));
const pool = mysql.createPool({});
const app = express();

app.get('/user', async (req, res) => {
  const user = await User.findByPk(1);
  res.send('<b>' + user.name); // expect: xss.html
});
app.get('/post', async (req, res) => {
  const post = await Post.findById(req.params.id);
  res.send('<b>' + post.title); // expect: xss.html
});
app.get('/posts', async (req, res) => {
  const posts = await Post.find({}).sort({ date: 1 }).lean();
  res.send(posts.map((p) => '<b>' + p.title).join('')); // expect: xss.html
});
app.get('/rows', async (req, res) => {
  const [rows] = await pool.query('SELECT name FROM users');
  res.send('<b>' + rows[0].name); // expect: xss.html
});
app.get('/postgres', async (req, res) => {
  const { rows } = await new pg.Pool().query('SELECT name FROM users');
  res.send('<b>' + rows[0].name); // expect: xss.html
});
app.get('/sqlite', async (req, res) => {
  const database = await sqlite.open({});
  const row = await database.get('SELECT name FROM users');
  res.send('<b>' + row.name); // expect: xss.html
});
app.get('/type', async (req, res) => {
  res.send('<b>' + mime.getType(req.query.name)); // safe: xss.html
});
app.listen(3000);
