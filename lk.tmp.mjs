import { DatabaseSync } from "@photostructure/sqlite";
const f=process.argv[2];
globalThis.d=new DatabaseSync(f,{timeout:0});
try{ d.exec("PRAGMA locking_mode=EXCLUSIVE"); d.exec("BEGIN EXCLUSIVE"); console.log("locked", d.isTransaction); }catch(e){console.log("ERR",e.message,e.code,e.errcode,e.errstr,Object.keys(e)); process.exit(1)}
setTimeout(()=>{},+process.argv[3]);
