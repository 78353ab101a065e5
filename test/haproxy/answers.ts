/** What a HAProxy 2.6 has answered to one look: three servers of stable, one drained, and a canary in maintenance by its configuration. */
const stat = [
  '# pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate',
  'shop,web-1,1,1,2,3,,10,0,0,,0,,1,2,0,0,UP,100,1,0,0,0,1,0,,1,3,1,,10,,2,7,,9,L7OK,200,1,0,4,1,1,2,0,,,,,0,0,,,,,-1,,,0,0,25,30,,,,"Layer7 check passed, at last",,2,3,4,,,,127.0.0.1:18111,web-1,http,,',
  'shop,web-2,0,0,0,0,,0,0,0,,0,,0,0,0,0,DRAIN,0,1,0,0,0,1,0,,1,3,2,,0,,2,0,,0,L7OK,200,0,0,0,0,0,0,0,,,,,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 check passed,,2,3,4,,,,127.0.0.1:18112,web-2,http,,',
  'shop,web-3,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,100,1,0,0,0,1,0,,1,3,2,,0,,2,0,,0,L7STS,503,0,0,0,0,0,0,0,,,,,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 wrong status,,2,3,0,,,,127.0.0.1:18113,web-3,http,,',
  'shop,can-1,0,0,0,0,,0,0,0,,0,,0,0,0,0,MAINT,1,1,0,0,0,1,1,,1,3,3,,0,,2,0,,0,,,,0,0,0,0,0,0,,,,,0,0,,,,,-1,,,0,0,0,0,,,,,,,,,,,,127.0.0.1:18114,can-1,http,,',
  'shop,BACKEND,0,0,0,0,999,0,0,0,0,0,,0,0,0,0,UP,200,2,0,,0,1,0,,1,3,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,SRV,http,roundrobin,0',
].join('\n');

const states = [
  '1',
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port',
  '3 shop 1 web-1 127.0.0.1 2 0 90 100 1 15 3 4 6 0 0 0 - 18111 - 0 0 - - 0',
  '3 shop 2 web-2 127.0.0.1 2 8 100 100 1 15 3 4 6 0 0 0 - 18112 - 0 0 - - 0',
  '3 shop 3 web-3 127.0.0.1 0 0 100 100 1 15 3 0 6 0 0 0 - 18113 - 0 0 - - 0',
  '3 shop 4 can-1 127.0.0.1 0 5 1 1 1 1 0 0 14 0 0 0 - 18114 - 0 0 - - 0',
].join('\n');

const info = 'Name: HAProxy\nVersion: 2.6.12-1+deb12u4\nPid: 32630\nUptime_sec: 17\nStopping: 0';

export const answer = `\nadmin\n\n${info}\n\n${stat}\n\n${states}\n\n`;
export const noBackend = `\nadmin\n\n${info}\n\nNo such proxy.\n\nCan't find backend.\n\n`;
