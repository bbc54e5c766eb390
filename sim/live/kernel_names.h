/*
 * Included before everything else where the ready-made programs are compiled once more, for the
 * running kernel: what they are called, and what they call, then has another name, so that both
 * stand in one library. live/kernel_programs.c defines what is called, as process/process.c and
 * process/posix_socket.c do for a world's own hosts.
 *
 * A new call of a program needs its line here, and its definition there.
 */
#ifndef LIVE_KERNEL_NAMES_H
#define LIVE_KERNEL_NAMES_H

#define process_alloc	     kernel_process_alloc
#define process_call_watched kernel_process_call_watched
#define process_call_end     kernel_process_call_end
#define process_call_text    kernel_process_call_text
#define process_continue     kernel_process_continue
#define process_current	     kernel_process_current
#define process_free	     kernel_process_free
#define process_is_watched   kernel_process_is_watched
#define process_now	     kernel_process_now
#define process_passing	     kernel_process_passing
#define process_say	     kernel_process_say
#define process_sleep_until  kernel_process_sleep_until
#define process_spawn	     kernel_process_spawn
#define process_texts_wanted kernel_process_texts_wanted
#define process_wait	     kernel_process_wait

#define tcpsim_posix_accept	 kernel_posix_accept
#define tcpsim_posix_bind	 kernel_posix_bind
#define tcpsim_posix_close	 kernel_posix_close
#define tcpsim_posix_connect	 kernel_posix_connect
#define tcpsim_posix_getpeername kernel_posix_getpeername
#define tcpsim_posix_getsockname kernel_posix_getsockname
#define tcpsim_posix_listen	 kernel_posix_listen
#define tcpsim_posix_read	 kernel_posix_read
#define tcpsim_posix_recv	 kernel_posix_recv
#define tcpsim_posix_send	 kernel_posix_send
#define tcpsim_posix_setsockopt	 kernel_posix_setsockopt
#define tcpsim_posix_shutdown	 kernel_posix_shutdown
#define tcpsim_posix_socket	 kernel_posix_socket
#define tcpsim_posix_write	 kernel_posix_write

#define posix_address_text kernel_posix_address_text
#define posix_flag_text	   kernel_posix_flag_text
#define posix_message_len  kernel_posix_message_len
#define posix_name_text	   kernel_posix_name_text
#define posix_option_text  kernel_posix_option_text
#define posix_socket_text  kernel_posix_socket_text

#define program_bytes_right   kernel_program_bytes_right
#define program_text	      kernel_program_text
#define program_calls	      kernel_program_calls
#define program_check_calls   kernel_program_check_calls
#define program_check_options kernel_program_check_options
#define program_close	      kernel_program_close
#define program_connect	      kernel_program_connect
#define program_echo	      kernel_program_echo
#define program_herd	      kernel_program_herd
#define program_open	      kernel_program_open
#define program_receive	      kernel_program_receive
#define program_request	      kernel_program_request
#define program_send	      kernel_program_send
#define program_serve	      kernel_program_serve
#define program_set_options   kernel_program_set_options
#define program_sink	      kernel_program_sink
#define program_socket	      kernel_program_socket
#define program_source	      kernel_program_source

#endif
